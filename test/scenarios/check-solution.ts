import type { LockedPackage, LockedPlatform, VariantValue } from '../../src/model/lock.ts';
import { satisfies, satisfiesPlatform } from '../../src/model/match-spec.ts';
import type { PackageName } from '../../src/model/names.ts';
import type { DependencyDeclaration, RecipeMetadata } from '../../src/model/recipe.ts';
import type { Spec } from '../../src/model/spec.ts';
import type { Version } from '../../src/model/version.ts';
import { anyVersion, rangesOverlap, type VersionRange } from '../../src/model/version-range.ts';
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

/** The rules for one solution, and those that it breaks. */
class Rules {
  readonly broken: string[] = [];
  readonly #request: SolveRequest;
  readonly #packages: LockedPlatform['packages'];
  readonly #sets: LockedPlatform['sets'];
  readonly #chosen = new Map<string, string>();

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
        !(this.#holds(locked, when) && this.#holds(locked, spec)),
        `conflict of ${key} with ${JSON.stringify(spec)}`,
      );
    }
    for (const { specs, policy, when } of recipe.requires) {
      const met = specs.filter((spec) => this.#holds(locked, spec)).length;
      const enough = policy === 'one_of' ? met === 1 : met > 0;
      this.#expect(enough || !this.#holds(locked, when), `requirement of ${key}`);
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
    this.#expect(locked.dependencies.length === 0, `external ${locked.name} has no dependencies`);
  }

  #checkVariants(key: string, locked: LockedPackage, recipe: RecipeMetadata): void {
    const declarations = new Map(recipe.variants.map((variant) => [variant.name, variant as VariantDetails]));
    for (const name of Object.keys(locked.variants))
      this.#expect(declarations.has(name), `variant ${name} of ${key} is declared`);
    for (const declaration of declarations.values()) {
      const value = locked.variants[declaration.name];
      const exists = this.#holds(locked, declaration.when);
      this.#expect(
        exists === (value !== undefined),
        `variant ${declaration.name} of ${key} exists exactly where it should`,
      );
      if (exists && value !== undefined) this.#checkValue(key, locked, { declaration, value });
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
      this.#expect(this.#holds(locked, valueWhen[one]), `${name}=${one} of ${key} exists`);
    }
    const used = sets.filter((set) => given.some((one) => set.includes(one)));
    this.#expect(used.length < 2, `${name} of ${key} has values of one group`);
  }

  #checkDependencies(key: string, locked: LockedPackage, recipe: RecipeMetadata): void {
    const wanted = new Map<string, Set<string>>();
    for (const declaration of recipe.dependencies) {
      const { name } = declaration.spec;
      if (name === undefined || metByPlatform.has(name) || !this.#holds(locked, declaration.when)) continue;
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
  #dependencyFor(locked: LockedPackage, { spec, types }: DependencyDeclaration): string | undefined {
    const direct = locked.dependencies.filter((dependency) => types.every((type) => dependency.types.includes(type)));
    const found = direct.find(({ key }) => {
      const target = this.#packages[key];
      if (target === undefined) return false;
      if (target.name === spec.name) return this.#isAs(target, spec);
      if (this.#request.recipe(spec.name as PackageName) !== undefined) return false;
      const chosen = this.#chosen.get(spec.name as string);
      return (
        (chosen === undefined || chosen === target.name) &&
        this.#provides(target, spec.name, spec.versions) &&
        this.#isAs(target, { ...spec, name: target.name, versions: anyVersion })
      );
    })?.key;
    if (found !== undefined && this.#packages[found]?.name !== spec.name)
      this.#chosen.set(spec.name as string, this.#packages[found]?.name ?? '');
    return found;
  }

  checkShape(): void {
    const reached = new Set(Object.values(this.#sets).flat());
    for (const key of reached)
      for (const dependency of this.#packages[key]?.dependencies ?? []) reached.add(dependency.key);
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
  #holds(locked: LockedPackage, spec: Spec | undefined): boolean {
    if (spec === undefined) return true;
    if (!satisfiesPlatform(spec.platform, this.#request.facts)) return false;
    const own =
      spec.name === undefined || spec.name === locked.name
        ? this.#isAs(locked, spec)
        : this.#isPresent({ ...spec, dependencies: [] });
    return own && spec.dependencies.every((dependency) => this.#isPresent(dependency));
  }

  #isPresent(spec: Spec): boolean {
    const locked = Object.values(this.#packages);
    if (spec.name !== undefined && this.#request.recipe(spec.name) === undefined && !this.#isExternalName(spec.name)) {
      return this.#isVirtualNeeded(spec);
    }
    return locked.some((one) => one.name === spec.name && this.#isAs(one, spec));
  }

  #isExternalName(name: string): boolean {
    return this.#request.externals.some((external) => external.name === name);
  }

  /** A virtual is there where something needs it; its provider must then be as asked. */
  #isVirtualNeeded(spec: Spec): boolean {
    return Object.values(this.#packages).some((dependant) => {
      const recipe = dependant.external === undefined ? this.#request.recipe(dependant.name) : undefined;
      const needs = (recipe?.dependencies ?? []).some(
        ({ spec: { name }, when }) => name === spec.name && this.#holdsCheaply(dependant, when),
      );
      const isRoot = this.#request.roots.some((root) => root.spec.name === spec.name);
      return (
        (needs || isRoot) && Object.values(this.#packages).some((one) => this.#provides(one, spec.name, spec.versions))
      );
    });
  }

  #holdsCheaply(locked: LockedPackage, spec: Spec | undefined): boolean {
    return (
      spec === undefined ||
      (this.#isAs(locked, { ...spec, name: locked.name }) && spec.dependencies.every(({ name }) => name !== undefined))
    );
  }

  #provides(locked: LockedPackage, virtual: string | undefined, versions: VersionRange): boolean {
    const recipe = this.#request.recipe(locked.name);
    if (recipe === undefined) return this.#request.providers(virtual as PackageName).includes(locked.name);
    return recipe.provides.some(
      ({ spec, when }) => spec.name === virtual && rangesOverlap(spec.versions, versions) && this.#holds(locked, when),
    );
  }
}

function flatten(variants: Readonly<Record<string, boolean | readonly string[]>>): Record<string, VariantValue> {
  return { ...variants };
}
