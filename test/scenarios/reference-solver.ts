import type { LockedPackage, LockedPlatform, VariantValue } from '../../src/model/lock.ts';
import type { PackageName } from '../../src/model/names.ts';
import type { CriterionName, SolveRequest, VariantDetails } from '../../src/solve/solve-types.ts';
import { checkSolution } from './check-solution.ts';
import { addHistoryCosts, historyCosts } from './history-costs.ts';
import { isExternal, providersIn, triggered, versionOrder } from './preference-order.ts';

/** What a solution costs by each criterion, in their order; found from the solution alone. */
export type Costs = Readonly<Partial<Record<CriterionName, number>>>;

type OrdinaryCriterion = Exclude<CriterionName, 'downgrades' | 'updates' | 'changes' | 'builds'>;

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

function isLess(a: Costs, b: Costs): boolean {
  for (const name of Object.keys(a) as CriterionName[]) if (a[name] !== b[name]) return a[name]! < b[name]!;
  return false;
}

/** Counts what a solution costs by each criterion. */
export function costsOf(request: SolveRequest, platform: LockedPlatform): Costs {
  const costs: Partial<Record<CriterionName, number>> & Record<OrdinaryCriterion, number> = {
    twins: 0,
    ...historyCosts(request),
    'unwelcome versions': 0,
    'versions of roots': 0,
    'preferred variants': 0,
    'default variants': 0,
    providers: 0,
    versions: 0,
    packages: 0,
  };
  for (const locked of Object.values(platform.packages))
    if (locked.external === undefined) addPackageCosts(request, costs, locked);
  costs.providers = providerCost(request, platform);
  addHistoryCosts(request, platform, costs);
  return costs;
}

function addPackageCosts(request: SolveRequest, costs: Record<OrdinaryCriterion, number>, locked: LockedPackage): void {
  costs.packages += 1;
  const isRoot = request.roots.some(({ spec }) => spec.name === locked.name);
  const order = versionOrder(request, locked.name);
  const index = order.findIndex(({ version }) => version === locked.version);
  costs[isRoot ? 'versions of roots' : 'versions'] += index;
  if ((order[index]?.tier ?? 0) > (order[0]?.tier ?? 0)) costs['unwelcome versions'] += 1;
  for (const variant of request.recipe(locked.name)?.variants ?? []) {
    const value = locked.variants[variant.name];
    if (value !== undefined) addVariantCost(request, costs, { locked, variant, value });
  }
}

function addVariantCost(
  request: SolveRequest,
  costs: Record<OrdinaryCriterion, number>,
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

function providerCost(request: SolveRequest, platform: LockedPlatform): number {
  return providersIn(request, platform).reduce((sum, { chosen, ordered }) => sum + ordered.indexOf(chosen), 0);
}
