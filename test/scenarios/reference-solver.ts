import type { LockedPackage, LockedPlatform, VariantValue } from '../../src/model/lock.ts';
import type { PackageName } from '../../src/model/names.ts';
import type { RecipeMetadata } from '../../src/model/recipe.ts';
import type { Version } from '../../src/model/version.ts';
import { compareVersions } from '../../src/model/version.ts';
import { includesVersion, isAnyVersion } from '../../src/model/version-range.ts';
import type { CriterionName, SolveRequest, VariantDetails } from '../../src/solve/solve-types.ts';
import { checkSolution } from './check-solution.ts';
import { SolutionView } from './solution-view.ts';

/** What a solution costs by each criterion, in their order; found from the solution alone. */
export type Costs = Readonly<Record<CriterionName, number>>;

/** Finds the least costs of a small request by trying everything, one version of each package; undefined when there is no solution. */
export function solveByTrying(request: SolveRequest): { platform: LockedPlatform; costs: Costs } | undefined {
  let best: { platform: LockedPlatform; costs: Costs } | undefined;
  for (const chosen of selections(request, request.names())) {
    for (const platform of completions(request, chosen)) {
      if (checkSolution(request, { platform, toolsApart: false }).length > 0) continue;
      const costs = costsOf(request, platform);
      if (best === undefined || isLess(costs, best.costs)) best = { platform, costs };
    }
  }
  return best;
}

/** Every selection of packages, each with every version and every value of its variants. */
function* selections(request: SolveRequest, [first, ...rest]: readonly PackageName[]): Generator<LockedPackage[]> {
  if (first === undefined) {
    yield [];
    return;
  }
  const isRoot = request.roots.some(({ spec }) => spec.name === first);
  const options = optionsOf(request, first);
  for (const others of selections(request, rest)) {
    if (!isRoot) yield others;
    for (const option of options) yield [option, ...others];
  }
}

/** Every version and every value of the variants of a package, whether they exist or not being left to the checker. */
function optionsOf(request: SolveRequest, name: PackageName): LockedPackage[] {
  const external = request.externals.find((one) => one.name === name);
  const bare = { name, dependencies: [], reasons: [] };
  const options: LockedPackage[] = [];
  if (external !== undefined)
    options.push({
      ...bare,
      version: external.version,
      variants: { ...external.variants },
      external: { from: 'base' },
    });
  const recipe = request.recipe(name);
  for (const { version } of recipe?.versions ?? []) {
    for (const variants of valuations(recipe?.variants ?? [])) options.push({ ...bare, version, variants });
  }
  return options;
}

function valuations([first, ...rest]: readonly VariantDetails[]): Record<string, VariantValue>[] {
  if (first === undefined) return [{}];
  const others = valuations(rest);
  const values: (VariantValue | undefined)[] =
    first.kind === 'bool' ? [true, false] : [...(first.values ?? (first.default as readonly string[]))];
  if (first.when !== undefined) values.push(undefined);
  return values.flatMap((value) =>
    others.map((other) => (value === undefined ? other : { ...other, [first.name]: value })),
  );
}

/** The solutions that have the chosen packages: one for each choice of providers. */
function completions(request: SolveRequest, chosen: readonly LockedPackage[]): LockedPlatform[] {
  const sets: Record<string, string[]> = {};
  const names = new Set<string>(chosen.map(({ name }) => name));
  const virtuals = new Set<string>();
  for (const { spec } of request.roots)
    if (spec.name !== undefined && request.recipe(spec.name) === undefined && !names.has(spec.name))
      virtuals.add(spec.name);
  const bare: LockedPlatform = { sets: {}, packages: Object.fromEntries(chosen.map((one) => [one.name, one])) };
  for (const { spec } of chosen.flatMap((one) => triggered(request, bare, one))) {
    if (spec.name !== undefined && request.recipe(spec.name) === undefined && !isExternal(request, spec.name))
      virtuals.add(spec.name);
  }
  let assignments: Record<string, string>[] = [{}];
  for (const virtual of virtuals) {
    const providers = request.providers(virtual as PackageName).filter((name) => names.has(name));
    assignments = assignments.flatMap((assignment) =>
      providers.map((provider) => ({ ...assignment, [virtual]: provider })),
    );
  }
  return assignments.map((assignment) => {
    for (const { spec, set } of request.roots) {
      const key = names.has(spec.name ?? '') ? (spec.name ?? '') : (assignment[spec.name ?? ''] ?? '');
      sets[set] = [...new Set([...(sets[set] ?? []), key])];
    }
    const packages = chosen.map((one): [string, LockedPackage] => {
      const types = new Map<string, Set<'build' | 'link' | 'run' | 'test'>>();
      for (const { spec, types: asked } of triggered(request, bare, one)) {
        const key = names.has(spec.name ?? '') ? (spec.name ?? '') : (assignment[spec.name ?? ''] ?? '?');
        types.set(key, new Set([...(types.get(key) ?? []), ...asked]));
      }
      return [one.name, { ...one, dependencies: [...types].map(([key, set]) => ({ key, types: [...set] })) }];
    });
    return { sets, packages: Object.fromEntries(packages) };
  });
}

function triggered(
  request: SolveRequest,
  platform: LockedPlatform,
  locked: LockedPackage,
): readonly RecipeMetadata['dependencies'][number][] {
  if (locked.external !== undefined) return [];
  const view = new SolutionView(request, { platform, toolsApart: false });
  const dependencies = request.recipe(locked.name)?.dependencies ?? [];
  return dependencies.filter(({ when }) => view.holds(locked, when));
}

function isExternal(request: SolveRequest, name: string): boolean {
  return request.externals.some((external) => external.name === name);
}

function isLess(a: Costs, b: Costs): boolean {
  for (const name of Object.keys(a) as CriterionName[]) if (a[name] !== b[name]) return a[name] < b[name];
  return false;
}

/** Counts what a solution costs by each criterion. */
export function costsOf(request: SolveRequest, platform: LockedPlatform): Costs {
  const costs: Record<CriterionName, number> = {
    twins: 0,
    'unwelcome versions': 0,
    'versions of roots': 0,
    'preferred variants': 0,
    'default variants': 0,
    providers: 0,
    versions: 0,
    packages: 0,
  };
  const roots = new Set(request.roots.map(({ spec }) => spec.name));
  for (const locked of Object.values(platform.packages)) {
    if (locked.external !== undefined) continue;
    costs.packages += 1;
    const order = versionOrder(request, locked.name);
    const index = order.findIndex(({ version }) => version === locked.version);
    costs[roots.has(locked.name) ? 'versions of roots' : 'versions'] += index;
    if ((order[index]?.tier ?? 0) > (order[0]?.tier ?? 0)) costs['unwelcome versions'] += 1;
    for (const variant of request.recipe(locked.name)?.variants ?? []) {
      const value = locked.variants[variant.name];
      if (value !== undefined) addVariantCost(request, costs, { locked, variant, value });
    }
  }
  costs.providers = providerCost(request, platform);
  return costs;
}

function addVariantCost(
  request: SolveRequest,
  costs: Record<CriterionName, number>,
  { locked, variant, value }: { locked: LockedPackage; variant: VariantDetails; value: VariantValue },
): void {
  const rule = [locked.name, '*']
    .flatMap((name) => request.prefer.filter((one) => one.name === name))
    .find(({ spec }) => {
      const asked = spec.variants[variant.name];
      if (asked === undefined) return false;
      return typeof asked === 'boolean'
        ? variant.kind === 'bool'
        : variant.kind !== 'bool' && asked.every((one) => variant.values?.includes(one) ?? true);
    });
  const wanted = rule?.spec.variants[variant.name] ?? variant.default;
  const isAsWanted = typeof wanted === 'boolean' ? value === wanted : wanted[0] === value;
  if (!isAsWanted) costs[rule === undefined ? 'default variants' : 'preferred variants'] += 1;
}

function versionOrder(request: SolveRequest, name: PackageName): { version: Version; tier: number }[] {
  const wishes = request.prefer.filter((rule) => rule.name === name && !isAnyVersion(rule.spec.versions));
  const versions = (request.recipe(name)?.versions ?? []).map(({ version, preferred, deprecated }) => {
    const wished = wishes.some(({ spec }) => includesVersion(spec.versions, version));
    const tier = deprecated ? 2 : !wished && /^[a-z]/.test(version) ? 1 : 0;
    return { version, tier, rank: wished ? 0 : preferred ? 1 : 2 };
  });
  return versions.sort((a, b) => a.tier - b.tier || a.rank - b.rank || compareVersions(b.version, a.version));
}

/** The place of each needed virtual's provider in the order of preference, externals first. */
function providerCost(request: SolveRequest, platform: LockedPlatform): number {
  const needed = Object.values(platform.packages).flatMap((locked) => triggered(request, platform, locked));
  const names = new Set([...needed, ...request.roots].flatMap(({ spec }) => spec.name ?? []));
  const view = new SolutionView(request, { platform, toolsApart: false });
  let cost = 0;
  for (const virtual of names) {
    if (request.recipe(virtual) !== undefined || isExternal(request, virtual)) continue;
    const providers = request.providers(virtual);
    const ordered = [
      ...providers.filter((name) => isExternal(request, name)),
      ...providers.filter((name) => !isExternal(request, name)),
    ];
    cost += ordered.indexOf(view.providerOf(virtual) as PackageName);
  }
  return cost;
}
