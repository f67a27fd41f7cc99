import type { LockedPackage, LockedPlatform } from '../../src/model/lock.ts';
import { satisfies, satisfiesPlatform } from '../../src/model/match-spec.ts';
import type { PackageName } from '../../src/model/names.ts';
import type { DependencyDeclaration, DependencyType } from '../../src/model/recipe.ts';
import type { Spec } from '../../src/model/spec.ts';
import type { Version } from '../../src/model/version.ts';
import { anyVersion, isAnyVersion, rangesOverlap, type VersionRange } from '../../src/model/version-range.ts';
import type { SolveRequest } from '../../src/solve/solve-types.ts';

/** A solution that is to be judged. */
export interface CheckedSolution {
  readonly platform: LockedPlatform;
  readonly toolsApart: boolean;
}

/** What can be read off a solution: which conditions hold in it, what stands for a virtual, what is met by what. */
export class SolutionView {
  readonly #request: SolveRequest;
  readonly #toolsApart: boolean;
  readonly #packages: LockedPlatform['packages'];
  readonly #sets: LockedPlatform['sets'];
  #used: Set<LockedPackage> | undefined;
  #tools: Set<LockedPackage> | undefined;

  constructor(request: SolveRequest, { platform, toolsApart }: CheckedSolution) {
    this.#request = request;
    this.#toolsApart = toolsApart;
    this.#packages = platform.packages;
    this.#sets = platform.sets;
  }

  /** The key of the direct dependency that a declaration is met by. */
  dependencyFor(locked: LockedPackage, declaration: DependencyDeclaration): string | undefined {
    const { spec, types } = declaration;
    const { name } = spec;
    const direct = locked.dependencies.filter((dependency) => types.every((type) => dependency.types.includes(type)));
    const isTool = (key: string) => (key.includes('#build') ? 1 : 0);
    const toolsFirst = this.#isForUse(locked, declaration) ? 1 : -1;
    direct.sort((one, other) => toolsFirst * (isTool(one.key) - isTool(other.key)));
    const isVirtual = this.isVirtual(name as PackageName);
    const provider = isVirtual ? this.#providerFor(locked, declaration) : undefined;
    return direct.find(({ key }) => {
      const target = this.#packages[key];
      if (target === undefined) return false;
      if (!isVirtual) return target.name === name && this.isAs(target, spec);
      const asked = { ...spec, name: target.name, versions: anyVersion };
      return provider === target.name && this.provides(target, name, spec.versions) && this.isAs(target, asked);
    })?.key;
  }

  #providerFor(locked: LockedPackage, declaration: DependencyDeclaration): string | undefined {
    const virtual = declaration.spec.name as PackageName;
    return this.providerOf(virtual) ?? this.providerOf(virtual, this.#isForUse(locked, declaration));
  }

  /** True for a name that neither a recipe nor an external has. */
  isVirtual(name: PackageName): boolean {
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
        .filter((one) => this.provides(one, virtual, anyVersion));
    const [first, ...others] = dependants.map((locked) => new Set(providersOf(locked).map(({ name }) => name)));
    const common = [...(first ?? [])].filter((name) => others.every((names) => names.has(name)));
    const providers = this.#request.providers(virtual);
    const isExternal = (name: string) => this.#isExternalName(name);
    const order = [...providers.filter(isExternal), ...providers.filter((name) => !isExternal(name))];
    return common.sort((a, b) => order.indexOf(a as PackageName) - order.indexOf(b as PackageName));
  }

  #isForUse(locked: LockedPackage, { types }: DependencyDeclaration): boolean {
    return this.#isUsed(locked) && isForUse(types);
  }

  #directivesOf(locked: LockedPackage, name: string): DependencyDeclaration[] {
    const recipe = locked.external === undefined ? this.#request.recipe(locked.name) : undefined;
    return (recipe?.dependencies ?? []).filter(({ spec, when }) => spec.name === name && this.#holdsHere(locked, when));
  }

  /** True when a package is as a spec asks, whatever the spec is called. */
  isAs(locked: Pick<LockedPackage, 'name' | 'version' | 'variants'>, spec: Spec): boolean {
    const declared = this.#request.recipe(locked.name)?.variants ?? [];
    const isExternal = this.#request.externals.some(({ name }) => name === locked.name);
    const defaults = isExternal
      ? Object.fromEntries(
          declared.map((one) => [one.name, typeof one.default === 'boolean' ? one.default : [...one.default]]),
        )
      : {};
    const variants = { build_type: this.#request.facts.buildType, ...defaults, ...locked.variants };
    const subject = { name: spec.name ?? locked.name, version: locked.version as Version, variants };
    return satisfies({ ...subject, name: locked.name }, spec, this.#request.facts);
  }

  /** Whether a condition holds on a package; what it says of others holds where one of that name is as it says. */
  holds(locked: LockedPackage, spec: Spec | undefined): boolean {
    if (spec === undefined) return true;
    if (!satisfiesPlatform(spec.platform, this.#request.facts)) return false;
    const own =
      spec.name === undefined || spec.name === locked.name
        ? this.isAs(locked, spec)
        : this.isPresent({ ...spec, dependencies: [] }, locked);
    return own && spec.dependencies.every((dependency) => this.isPresent(dependency, locked));
  }

  /** True when a package of that name is in the solution and as asked, seen from `locked`. */
  isPresent(spec: Spec, locked?: LockedPackage): boolean {
    if (spec.name !== undefined && this.isVirtual(spec.name)) return this.#isVirtualNeeded(spec, locked);
    const found = this.#seenFrom(locked, spec.name ?? '');
    return found !== undefined && this.isAs(found, spec);
  }

  /** The package of a name that a package's conditions look at. Where tools are apart, what is used sees what is used,
   * but for what it needs only to be built; and tools see tools. */
  #seenFrom(locked: LockedPackage | undefined, name: string): LockedPackage | undefined {
    const used = this.#packages[name];
    if (!this.#toolsApart || locked === undefined) return used;
    const directives = this.#request.recipe(locked.name)?.dependencies.filter(({ spec }) => spec.name === name) ?? [];
    const isTool = directives.length > 0 && directives.every(({ types }) => !isForUse(types));
    if (isTool || !this.#isUsed(locked)) {
      const own = locked.dependencies.find(({ key }) => key.startsWith(`${name}#build-`));
      if (own !== undefined) return this.#packages[own.key];
      const tool = this.#packages[`${name}#build`] ?? used;
      return tool !== undefined && this.#isTool(tool) ? tool : undefined;
    }
    return used !== undefined && this.#isUsed(used) ? used : undefined;
  }

  /** True for what the sets ask for and what that links or runs. */
  #isUsed(locked: LockedPackage): boolean {
    this.#used ??= this.#closure(Object.values(this.#sets).flat(), isForUse);
    return this.#used.has(locked);
  }

  /** True for what something needs only to be built, and for what that needs. */
  #isTool(locked: LockedPackage): boolean {
    const starts = Object.values(this.#packages).flatMap((user) => this.#toolsOf(user));
    this.#tools ??= this.#closure(starts, () => true);
    return this.#tools.has(locked);
  }

  #toolsOf(user: LockedPackage): string[] {
    const directives = this.#request.recipe(user.name)?.dependencies ?? [];
    const names = directives.filter(({ types }) => !isForUse(types)).map(({ spec }) => spec.name);
    const builds = user.dependencies.filter(({ types }) => types.includes('build') || types.includes('test'));
    return builds.flatMap(({ key }) => {
      const target = this.#packages[key]?.name;
      return names.some((name) => name !== undefined && (name === target || this.isVirtual(name))) ? [key] : [];
    });
  }

  #closure(starts: readonly string[], follows: (types: readonly DependencyType[]) => boolean): Set<LockedPackage> {
    const keys = new Set(starts);
    for (const key of keys) {
      for (const { key: dependency, types } of this.#packages[key]?.dependencies ?? [])
        if (follows(types)) keys.add(dependency);
    }
    return new Set([...keys].flatMap((key) => this.#packages[key] ?? []));
  }

  #isExternalName(name: string): boolean {
    return this.#request.externals.some((external) => external.name === name);
  }

  /** A virtual is there where something needs it; its provider must then be as asked, and state its version where one is asked. */
  #isVirtualNeeded(spec: Spec, locked: LockedPackage | undefined): boolean {
    const name = spec.name as PackageName;
    const isUsed = locked === undefined || this.#isUsed(locked);
    const isSeen = (one: LockedPackage) => !this.#toolsApart || (isUsed ? this.#isUsed(one) : this.#isTool(one));
    const isNeeded = Object.values(this.#packages).some(
      (one) => isSeen(one) && this.#directivesOf(one, name).length > 0,
    );
    const isRoot = isUsed && this.#request.roots.some((root) => root.spec.name === name);
    if (!isNeeded && !isRoot) return false;
    const chosen = isNeeded ? (this.providerOf(name) ?? this.providerOf(name, isUsed)) : undefined;
    return Object.values(this.#packages).some((one) => {
      if (chosen !== undefined && one.name !== chosen) return false;
      const isAsAsked = this.isAs(one, { ...spec, name: one.name, versions: anyVersion });
      return isAsAsked && this.provides(one, name, spec.versions, !isAnyVersion(spec.versions));
    });
  }

  /** As `#holds`, but of other packages only whether they are there, so that virtuals do not lead back to themselves. */
  #holdsHere(locked: LockedPackage, spec: Spec | undefined): boolean {
    if (spec === undefined) return true;
    if (!satisfiesPlatform(spec.platform, this.#request.facts)) return false;
    const isPresent = (other: Spec) => this.isVirtual(other.name as PackageName) || this.isPresent(other, locked);
    const own = spec.name === undefined || spec.name === locked.name ? this.isAs(locked, spec) : isPresent(spec);
    return own && spec.dependencies.every(isPresent);
  }

  /** True when a package stands in for a virtual in one of the given versions; `certainly`: and says so. */
  provides(locked: LockedPackage, virtual: string | undefined, versions: VersionRange, certainly = false): boolean {
    const recipe = this.#request.recipe(locked.name);
    if (recipe === undefined) return this.#request.providers(virtual as PackageName).includes(locked.name);
    return recipe.provides.some(({ spec, when }) => {
      const fits =
        spec.name === virtual && rangesOverlap(spec.versions, versions) && !(certainly && isAnyVersion(spec.versions));
      return fits && this.holds(locked, when);
    });
  }
}

function isForUse(types: readonly DependencyType[]): boolean {
  return types.includes('link') || types.includes('run');
}
