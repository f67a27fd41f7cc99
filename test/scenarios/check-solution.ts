import type { LockedPackage, LockedPlatform, VariantValue } from '../../src/model/lock.ts';
import type { PackageName } from '../../src/model/names.ts';
import type { RecipeMetadata } from '../../src/model/recipe.ts';
import { anyVersion } from '../../src/model/version-range.ts';
import type { SolveRequest, VariantDetails } from '../../src/solve/solve-types.ts';
import { type CheckedSolution, SolutionView } from './solution-view.ts';

const metByPlatform = new Set(['c', 'cxx', 'fortran', 'libc']);

/** Checks a solution against the rules alone, knowing nothing of how it was found; gives every rule that it breaks. */
export function checkSolution(request: SolveRequest, solution: CheckedSolution): string[] {
  const rules = new Rules(request, solution);
  rules.checkRoots();
  for (const [key, locked] of Object.entries(solution.platform.packages)) rules.checkPackage(key, locked);
  rules.checkShape();
  return rules.broken;
}

/** The rules for one solution, and those that it breaks. */
class Rules {
  readonly broken: string[] = [];
  readonly #request: SolveRequest;
  readonly #view: SolutionView;
  readonly #packages: LockedPlatform['packages'];
  readonly #sets: LockedPlatform['sets'];

  constructor(request: SolveRequest, solution: CheckedSolution) {
    this.#request = request;
    this.#view = new SolutionView(request, solution);
    this.#packages = solution.platform.packages;
    this.#sets = solution.platform.sets;
  }

  #expect(condition: boolean, rule: string): void {
    if (!condition) this.broken.push(rule);
  }

  checkRoots(): void {
    for (const { spec, set } of this.#request.roots) {
      const members = (this.#sets[set] ?? []).map((key) => this.#packages[key]).filter((one) => one !== undefined);
      this.#expect(
        members.some((one) =>
          one.name === spec.name ? this.#view.isAs(one, spec) : this.#view.provides(one, spec.name, spec.versions),
        ),
        `set ${set} has what it asks for: ${spec.name}`,
      );
      const owner = members.find((one) => one.name === spec.name);
      for (const dependency of spec.dependencies)
        this.#expect(this.#view.isPresent(dependency, owner), `^${dependency.name} of ${spec.name} is there`);
    }
  }

  checkPackage(key: string, locked: LockedPackage): void {
    this.#expect(key === locked.name || key.startsWith(`${locked.name}#build`), `${key} is the key of ${locked.name}`);
    if (locked.external !== undefined) {
      this.#checkExternal(locked);
      return;
    }
    const isReplaced = this.#request.externals.some(({ name, version, variants }) => {
      const excluded = this.#request.require.some(
        (rule) => rule.name === name && !this.#view.isAs({ name, version, variants: flatten(variants) }, rule.spec),
      );
      return name === locked.name && !excluded;
    });
    this.#expect(!isReplaced, `${key} is not built, since there is an external`);
    const recipe = this.#request.recipe(locked.name);
    if (recipe === undefined) {
      this.broken.push(`${key} has a recipe`);
      return;
    }
    this.#expect(
      recipe.versions.some(({ version }) => version === locked.version),
      `${key}@${locked.version} is a version of the recipe`,
    );
    this.#checkVariants(key, locked, recipe);
    this.#checkDependencies(key, locked, recipe);
    for (const { spec, when } of recipe.conflicts) {
      this.#expect(
        !(this.#view.holds(locked, when) && this.#view.holds(locked, spec)),
        `conflict of ${key} with ${JSON.stringify(spec)}`,
      );
    }
    for (const { specs, policy, when } of recipe.requires) {
      const met = specs.filter((spec) => this.#view.holds(locked, spec)).length;
      const enough = policy === 'one_of' ? met === 1 : met > 0;
      this.#expect(enough || !this.#view.holds(locked, when), `requirement of ${key}`);
    }
    this.#checkRules(key, locked);
  }

  #checkRules(key: string, locked: LockedPackage): void {
    for (const { name, spec } of this.#request.require) {
      if (name === locked.name) this.#expect(this.#view.isAs(locked, spec), `${key} is as required`);
      if (name !== '*') continue;
      for (const [variant, request] of Object.entries(spec.variants)) {
        const isMet = this.#view.isAs(locked, { ...spec, variants: { [variant]: request } });
        this.#expect(isMet || !Object.hasOwn(locked.variants, variant), `${key} is as required of all`);
      }
    }
  }

  #checkExternal(locked: LockedPackage): void {
    const known = this.#request.externals.some(
      ({ name, version }) => name === locked.name && version === locked.version,
    );
    this.#expect(known, `${locked.name} is an external of the stack`);
    for (const { name, spec } of this.#request.require) {
      if (name === locked.name) this.#expect(this.#view.isAs(locked, spec), `external ${name} is as required`);
    }
    this.#expect(locked.dependencies.length === 0, `external ${locked.name} has no dependencies`);
  }

  #checkVariants(key: string, locked: LockedPackage, recipe: RecipeMetadata): void {
    const declarations = Map.groupBy<string, VariantDetails>(recipe.variants, ({ name }) => name);
    for (const name of Object.keys(locked.variants)) {
      this.#expect(declarations.has(name), `variant ${name} of ${key} is declared`);
    }
    for (const [name, named] of declarations) {
      const value = locked.variants[name];
      const declaration = named.findLast(({ when }) => this.#view.holds(locked, when));
      this.#expect(
        (declaration !== undefined) === (value !== undefined),
        `variant ${name} of ${key} exists where it should`,
      );
      if (declaration === undefined || value === undefined) continue;
      this.#checkValue(key, locked, { declaration, value });
      if (declaration.sticky) this.#checkSticky(key, locked, { declaration, value });
    }
  }

  #checkValue(
    key: string,
    locked: LockedPackage,
    { declaration, value }: { declaration: VariantDetails; value: VariantValue },
  ): void {
    const { kind, name, values, valueWhen = {}, sets = [] } = declaration;
    const expected =
      kind === 'bool'
        ? typeof value === 'boolean'
        : kind === 'single'
          ? typeof value === 'string'
          : Array.isArray(value);
    this.#expect(expected, `variant ${name} of ${key} has a value of its kind`);
    if (typeof value === 'boolean') return;
    const given: readonly string[] = typeof value === 'string' ? [value] : value;
    this.#expect(given.length > 0, `variant ${name} of ${key} has a value`);
    const defaults = typeof declaration.default === 'boolean' ? [] : declaration.default;
    for (const one of given) {
      this.#expect(
        values === undefined || values.includes(one) || defaults.includes(one),
        `${name}=${one} of ${key} is allowed`,
      );
      this.#expect(this.#view.holds(locked, valueWhen[one]), `${name}=${one} of ${key} exists`);
    }
    const used = sets.filter((set) => given.some((one) => set.includes(one)));
    this.#expect(used.length < 2, `${name} of ${key} has values of one group`);
  }

  /** A sticky variant is as it prefers to be, or somebody asks for it. */
  #checkSticky(
    key: string,
    locked: LockedPackage,
    { declaration, value }: { declaration: VariantDetails; value: VariantValue },
  ): void {
    const { name } = declaration;
    const { roots, require, prefer } = this.#request;
    const rule = [locked.name, '*'].flatMap((subject) =>
      prefer.filter((one) => one.name === subject && Object.hasOwn(one.spec.variants, name)),
    )[0];
    const preferred = rule?.spec.variants[name] ?? declaration.default;
    if (String(preferred) === String(value)) return;
    const users = Object.values(this.#packages).filter(({ external }) => external === undefined);
    const directives = users.flatMap((user) =>
      (this.#request.recipe(user.name)?.dependencies ?? []).filter(({ when }) => this.#view.holds(user, when)),
    );
    const own = (this.#request.recipe(locked.name)?.requires ?? []).filter(({ when }) =>
      this.#view.holds(locked, when),
    );
    const asked = [...roots, ...directives].flatMap(({ spec }) => [spec, ...spec.dependencies]);
    const isAsked =
      asked.some(
        (spec) => spec.name !== undefined && this.#isAbout(locked, spec.name) && Object.hasOwn(spec.variants, name),
      ) ||
      require.some((one) => (one.name === '*' || one.name === locked.name) && Object.hasOwn(one.spec.variants, name)) ||
      own.some(({ specs }) => specs.some(({ variants }) => Object.hasOwn(variants, name)));
    this.#expect(isAsked, `somebody asks for sticky variant ${name} of ${key}`);
  }

  #isAbout(locked: LockedPackage, name: PackageName): boolean {
    return name === locked.name || (this.#view.isVirtual(name) && this.#view.provides(locked, name, anyVersion));
  }

  #checkDependencies(key: string, locked: LockedPackage, recipe: RecipeMetadata): void {
    const wanted = new Map<string, Set<string>>();
    for (const declaration of recipe.dependencies) {
      const { name } = declaration.spec;
      if (name === undefined || metByPlatform.has(name) || !this.#view.holds(locked, declaration.when)) continue;
      const found = this.#view.dependencyFor(locked, declaration);
      if (found === undefined) {
        this.broken.push(`${key} has its dependency ${name}`);
        continue;
      }
      const types = wanted.get(found) ?? new Set();
      for (const type of declaration.types) types.add(type);
      wanted.set(found, types);
      for (const dependency of declaration.spec.dependencies)
        this.#expect(this.#view.isPresent(dependency), `^${dependency.name} of ${key} is there`);
    }
    for (const { key: dependency, types } of locked.dependencies) {
      const asked = [...(wanted.get(dependency) ?? [])].sort().join();
      this.#expect(
        asked === [...types].sort().join(),
        `${key} needs ${dependency} for ${asked || 'nothing'}, not for ${types.join()}`,
      );
    }
  }

  /** All that the sets need, directly or not; a directive whose condition looks at a package counts only once that is needed. */
  #reachedPackages(): Set<string> {
    const reached = new Set([
      ...Object.values(this.#sets).flat(),
      ...this.#request.roots.flatMap(({ spec }) => spec.name ?? []).filter((name) => this.#view.isVirtual(name)),
    ]);
    const isReached = (name: string) => [...reached].some((key) => key === name || key.startsWith(`${name}#build`));
    for (let size = -1; size !== reached.size; ) {
      size = reached.size;
      for (const key of reached) for (const found of this.#neededBy(key, isReached)) reached.add(found);
    }
    return new Set([...reached].filter((key) => !this.#view.isVirtual(key.split('#')[0] as PackageName)));
  }

  /** Keys of the packages, and names of the virtuals, that a package needs for reasons that count already. */
  #neededBy(key: string, isReached: (name: string) => boolean): string[] {
    const locked = this.#packages[key];
    if (locked === undefined || locked.external !== undefined) return [];
    return (this.#request.recipe(locked.name)?.dependencies ?? []).flatMap((declaration) => {
      const { when } = declaration;
      if (!this.#view.holds(locked, when)) return [];
      const looksAt = [when?.name, ...(when?.dependencies ?? []).map(({ name }) => name)];
      const isReason = looksAt.every((name) => name === undefined || isReached(name));
      const { name } = declaration.spec;
      const virtual = name !== undefined && this.#view.isVirtual(name) ? [name] : [];
      return isReason ? [...virtual, this.#view.dependencyFor(locked, declaration) ?? []].flat() : [];
    });
  }

  checkShape(): void {
    const reached = this.#reachedPackages();
    for (const key of Object.keys(this.#packages)) this.#expect(reached.has(key), `${key} is needed by something`);
    for (const key of reached) this.#expect(this.#packages[key] !== undefined, `${key} is in the solution`);
    const finished = new Set<string>();
    const path = new Set<string>();
    const visit = (key: string) => {
      this.#expect(!path.has(key), `${key} does not need itself`);
      if (path.has(key) || finished.has(key)) return;
      path.add(key);
      for (const dependency of this.#packages[key]?.dependencies ?? []) visit(dependency.key);
      path.delete(key);
      finished.add(key);
    };
    for (const key of reached) visit(key);
  }
}

function flatten(variants: Readonly<Record<string, boolean | readonly string[]>>): Record<string, VariantValue> {
  return { ...variants };
}
