import type { LockedPackage, LockedPlatform, VariantValue } from '../../src/model/lock.ts';
import { satisfies, satisfiesPlatform } from '../../src/model/match-spec.ts';
import type { PackageName } from '../../src/model/names.ts';
import type { DependencyDeclaration, RecipeMetadata } from '../../src/model/recipe.ts';
import type { Spec } from '../../src/model/spec.ts';
import type { Version } from '../../src/model/version.ts';
import { anyVersion, isAnyVersion, rangesOverlap, type VersionRange } from '../../src/model/version-range.ts';
import type { SolveRequest, VariantDetails } from '../../src/solve/solve-types.ts';

const metByPlatform = new Set(['c', 'cxx', 'fortran', 'libc']);

/** Checks a solution against the rules alone, knowing nothing of how it was found; gives every rule that it breaks. */
export function checkSolution(request: SolveRequest, platform: LockedPlatform): string[] {
  const rules = new Rules(request, platform);
  rules.checkRoots();
  for (const [key, locked] of Object.entries(platform.packages)) rules.checkPackage(key, locked);
  rules.checkShape();
  return rules.broken;
}

/** True when a condition of a package's recipe holds in a solution. */
export function conditionHolds(
  request: SolveRequest,
  platform: LockedPlatform,
  { locked, condition }: { locked: LockedPackage; condition: Spec | undefined },
): boolean {
  return new Rules(request, platform).holds(locked, condition);
}

/** The package that stands for a virtual in a solution; undefined where nothing needs it. */
export function providerIn(request: SolveRequest, platform: LockedPlatform, virtual: PackageName): string | undefined {
  return new Rules(request, platform).providerOf(virtual);
}

/** The rules for one solution, and those that it breaks. */
class Rules {
  readonly broken: string[] = [];
  readonly #request: SolveRequest;
  readonly #packages: LockedPlatform['packages'];
  readonly #sets: LockedPlatform['sets'];

  constructor(request: SolveRequest, platform: LockedPlatform) {
    this.#request = request;
    this.#packages = platform.packages;
    this.#sets = platform.sets;
  }

  #expect(condition: boolean, rule: string): void {
    if (!condition) this.broken.push(rule);
  }

  checkRoots(): void {
    for (const { spec, set } of this.#request.roots) {
      const members = (this.#sets[set] ?? []).map((key) => this.#packages[key]).filter((one) => one !== undefined);
      this.#expect(
        members.some((one) =>
          one.name === spec.name ? this.#isAs(one, spec) : this.#provides(one, spec.name, spec.versions),
        ),
        `set ${set} has what it asks for: ${spec.name}`,
      );
      for (const dependency of spec.dependencies)
        this.#expect(this.#isPresent(dependency), `^${dependency.name} of ${spec.name} is there`);
    }
  }

  checkPackage(key: string, locked: LockedPackage): void {
    this.#expect(key === locked.name || key === `${locked.name}#build`, `${key} is the key of ${locked.name}`);
    if (locked.external !== undefined) {
      this.#checkExternal(locked);
      return;
    }
    const isReplaced = this.#request.externals.some(({ name, version, variants }) => {
      const excluded = this.#request.require.some(
        (rule) => rule.name === name && !this.#isAs({ name, version, variants: flatten(variants) }, rule.spec),
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
        !(this.holds(locked, when) && this.holds(locked, spec)),
        `conflict of ${key} with ${JSON.stringify(spec)}`,
      );
    }
    for (const { specs, policy, when } of recipe.requires) {
      const met = specs.filter((spec) => this.holds(locked, spec)).length;
      const enough = policy === 'one_of' ? met === 1 : met > 0;
      this.#expect(enough || !this.holds(locked, when), `requirement of ${key}`);
    }
    this.#checkRules(key, locked);
  }

  #checkRules(key: string, locked: LockedPackage): void {
    for (const { name, spec } of this.#request.require) {
      if (name === locked.name) this.#expect(this.#isAs(locked, spec), `${key} is as required`);
      if (name !== '*') continue;
      for (const [variant, request] of Object.entries(spec.variants)) {
        const isMet = this.#isAs(locked, { ...spec, variants: { [variant]: request } });
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
      if (name === locked.name) this.#expect(this.#isAs(locked, spec), `external ${name} is as required`);
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
      const declaration = named.findLast(({ when }) => this.holds(locked, when));
      this.#expect(
        (declaration !== undefined) === (value !== undefined),
        `variant ${name} of ${key} exists where it should`,
      );
      if (declaration !== undefined && value !== undefined) this.#checkValue(key, locked, { declaration, value });
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
      this.#expect(this.holds(locked, valueWhen[one]), `${name}=${one} of ${key} exists`);
    }
    const used = sets.filter((set) => given.some((one) => set.includes(one)));
    this.#expect(used.length < 2, `${name} of ${key} has values of one group`);
  }

  #checkDependencies(key: string, locked: LockedPackage, recipe: RecipeMetadata): void {
    const wanted = new Map<string, Set<string>>();
    for (const declaration of recipe.dependencies) {
      const { name } = declaration.spec;
      if (name === undefined || metByPlatform.has(name) || !this.holds(locked, declaration.when)) continue;
      const found = this.#dependencyFor(locked, declaration);
      if (found === undefined) {
        this.broken.push(`${key} has its dependency ${name}`);
        continue;
      }
      const types = wanted.get(found) ?? new Set();
      for (const type of declaration.types) types.add(type);
      wanted.set(found, types);
      for (const dependency of declaration.spec.dependencies)
        this.#expect(this.#isPresent(dependency), `^${dependency.name} of ${key} is there`);
    }
    for (const { key: dependency, types } of locked.dependencies) {
      const asked = [...(wanted.get(dependency) ?? [])].sort().join();
      this.#expect(
        asked === [...types].sort().join(),
        `${key} needs ${dependency} for ${asked || 'nothing'}, not for ${types.join()}`,
      );
    }
  }

  /** The key of the direct dependency that a declaration is met by. */
  #dependencyFor(locked: LockedPackage, declaration: DependencyDeclaration): string | undefined {
    const { spec, types } = declaration;
    const { name } = spec;
    const direct = locked.dependencies.filter((dependency) => types.every((type) => dependency.types.includes(type)));
    const isTool = (key: string) => (key.endsWith('#build') ? 1 : 0);
    const toolsFirst = this.#isForUse(locked, declaration) ? 1 : -1;
    direct.sort((one, other) => toolsFirst * (isTool(one.key) - isTool(other.key)));
    const isVirtual = this.#isVirtual(name as PackageName);
    const provider = isVirtual ? this.#providerFor(locked, declaration) : undefined;
    return direct.find(({ key }) => {
      const target = this.#packages[key];
      if (target === undefined) return false;
      if (!isVirtual) return target.name === name && this.#isAs(target, spec);
      const asked = { ...spec, name: target.name, versions: anyVersion };
      return provider === target.name && this.#provides(target, name, spec.versions) && this.#isAs(target, asked);
    })?.key;
  }

  #providerFor(locked: LockedPackage, declaration: DependencyDeclaration): string | undefined {
    const virtual = declaration.spec.name as PackageName;
    return this.providerOf(virtual) ?? this.providerOf(virtual, this.#isForUse(locked, declaration));
  }

  #isVirtual(name: PackageName): boolean {
    return this.#request.recipe(name) === undefined && !this.#isExternalName(name);
  }

  /** The package that every dependant of a virtual has among its dependencies; of several, one that is there for nothing else.
   * Where there is none, what is used and the tools for building may each have their own. */
  providerOf(virtual: PackageName, isForUse?: boolean): string | undefined {
    const dependants = Object.values(this.#packages).filter((locked) =>
      this.#directivesOf(locked, virtual).some(
        (one) => isForUse === undefined || this.#isForUse(locked, one) === isForUse,
      ),
    );
    const common = this.#commonProviders(virtual, dependants);
    const isForNothingElse = (name: string) =>
      dependants.some((locked) => this.#directivesOf(locked, name).length === 0);
    return common.find(isForNothingElse) ?? common[0];
  }

  #commonProviders(virtual: PackageName, dependants: readonly LockedPackage[]): string[] {
    const providersOf = ({ dependencies }: LockedPackage) =>
      dependencies
        .flatMap(({ key }) => this.#packages[key] ?? [])
        .filter((one) => this.#provides(one, virtual, anyVersion));
    const [first, ...others] = dependants.map((locked) => new Set(providersOf(locked).map(({ name }) => name)));
    const common = [...(first ?? [])].filter((name) => others.every((names) => names.has(name)));
    const providers = this.#request.providers(virtual);
    const isExternal = (name: string) => this.#isExternalName(name);
    const order = [...providers.filter(isExternal), ...providers.filter((name) => !isExternal(name))];
    return common.sort((a, b) => order.indexOf(a as PackageName) - order.indexOf(b as PackageName));
  }

  #isForUse(locked: LockedPackage, { types }: DependencyDeclaration): boolean {
    return this.#isUsed(locked) && (types.includes('link') || types.includes('run'));
  }

  #directivesOf(locked: LockedPackage, name: string): DependencyDeclaration[] {
    const recipe = locked.external === undefined ? this.#request.recipe(locked.name) : undefined;
    return (recipe?.dependencies ?? []).filter(({ spec, when }) => spec.name === name && this.#holdsHere(locked, when));
  }

  /** All that the sets need, directly or not; a directive whose condition looks at a package counts only once that is needed. */
  #reachedPackages(): Set<string> {
    const reached = new Set(Object.values(this.#sets).flat());
    const isReached = (name: string) =>
      reached.has(name) || reached.has(`${name}#build`) || this.#isVirtual(name as PackageName);
    for (let size = -1; size !== reached.size; ) {
      size = reached.size;
      for (const key of reached) for (const found of this.#neededBy(key, isReached)) reached.add(found);
    }
    return reached;
  }

  #neededBy(key: string, isReached: (name: string) => boolean): string[] {
    const locked = this.#packages[key];
    if (locked === undefined || locked.external !== undefined) return [];
    return (this.#request.recipe(locked.name)?.dependencies ?? []).flatMap((declaration) => {
      const { when } = declaration;
      if (!this.holds(locked, when)) return [];
      const looksAt = [when?.name, ...(when?.dependencies ?? []).map(({ name }) => name)];
      const isReason = looksAt.every((name) => name === undefined || isReached(name));
      return isReason ? (this.#dependencyFor(locked, declaration) ?? []) : [];
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

  #isAs(locked: Pick<LockedPackage, 'name' | 'version' | 'variants'>, spec: Spec): boolean {
    const declared = this.#request.recipe(locked.name)?.variants ?? [];
    const isExternal = this.#request.externals.some(({ name }) => name === locked.name);
    const defaults = isExternal
      ? Object.fromEntries(
          declared.map((one) => [one.name, typeof one.default === 'boolean' ? one.default : [...one.default]]),
        )
      : {};
    const variants = { ...defaults, ...locked.variants };
    const subject = { name: spec.name ?? locked.name, version: locked.version as Version, variants };
    return satisfies({ ...subject, name: locked.name }, spec, this.#request.facts);
  }

  /** Whether a condition holds on a package; what it says of others holds where one of that name is as it says. */
  holds(locked: LockedPackage, spec: Spec | undefined): boolean {
    if (spec === undefined) return true;
    if (!satisfiesPlatform(spec.platform, this.#request.facts)) return false;
    const own =
      spec.name === undefined || spec.name === locked.name
        ? this.#isAs(locked, spec)
        : this.#isPresent({ ...spec, dependencies: [] }, locked);
    return own && spec.dependencies.every((dependency) => this.#isPresent(dependency, locked));
  }

  #isPresent(spec: Spec, locked?: LockedPackage): boolean {
    if (spec.name !== undefined && this.#isVirtual(spec.name)) return this.#isVirtualNeeded(spec);
    const found = this.#seenFrom(locked, spec.name ?? '');
    return found !== undefined && this.#isAs(found, spec);
  }

  /** The package of a name that a package's conditions look at: of two, a tool for building sees the tool. */
  #seenFrom(locked: LockedPackage | undefined, name: string): LockedPackage | undefined {
    const used = this.#packages[name];
    const tool = this.#packages[`${name}#build`];
    return locked !== undefined && !this.#isUsed(locked) ? (tool ?? used) : (used ?? tool);
  }

  /** True for what the sets ask for and what that links or runs. */
  #isUsed(locked: LockedPackage): boolean {
    const used = new Set(Object.values(this.#sets).flat());
    for (const key of used) {
      for (const { key: dependency, types } of this.#packages[key]?.dependencies ?? []) {
        if (types.includes('link') || types.includes('run')) used.add(dependency);
      }
    }
    return [...used].some((key) => this.#packages[key] === locked);
  }

  #isExternalName(name: string): boolean {
    return this.#request.externals.some((external) => external.name === name);
  }

  /** A virtual is there where something needs it; its provider must then be as asked, and state its version if one is asked. */
  #isVirtualNeeded(spec: Spec): boolean {
    const name = spec.name as PackageName;
    const isNeeded = Object.values(this.#packages).some((locked) => this.#directivesOf(locked, name).length > 0);
    const isRoot = this.#request.roots.some((root) => root.spec.name === name);
    if (!isNeeded && !isRoot) return false;
    const chosen = isNeeded ? this.providerOf(name) : undefined;
    return Object.values(this.#packages).some((one) => {
      if (chosen !== undefined && one.name !== chosen) return false;
      return this.#provides(one, name, spec.versions, !isAnyVersion(spec.versions));
    });
  }

  /** As `#holds`, but of other packages only whether they are there, so that virtuals do not lead back to themselves. */
  #holdsHere(locked: LockedPackage, spec: Spec | undefined): boolean {
    if (spec === undefined) return true;
    if (!satisfiesPlatform(spec.platform, this.#request.facts)) return false;
    const isPresent = (other: Spec) => this.#isVirtual(other.name as PackageName) || this.#isPresent(other, locked);
    const own = spec.name === undefined || spec.name === locked.name ? this.#isAs(locked, spec) : isPresent(spec);
    return own && spec.dependencies.every(isPresent);
  }

  #provides(locked: LockedPackage, virtual: string | undefined, versions: VersionRange, certainly = false): boolean {
    const recipe = this.#request.recipe(locked.name);
    if (recipe === undefined) return this.#request.providers(virtual as PackageName).includes(locked.name);
    return recipe.provides.some(({ spec, when }) => {
      const fits =
        spec.name === virtual && rangesOverlap(spec.versions, versions) && !(certainly && isAnyVersion(spec.versions));
      return fits && this.holds(locked, when);
    });
  }
}

function flatten(variants: Readonly<Record<string, boolean | readonly string[]>>): Record<string, VariantValue> {
  return { ...variants };
}
