import type { LockedPackage, LockedPlatform, VariantValue } from '../../src/model/lock.ts';
import { matchExisting } from '../../src/solve/match-existing.ts';
import type { CriterionName, SolveRequest, VariantDetails } from '../../src/solve/solve-types.ts';
import { providersIn, versionOrder } from './preference-order.ts';

type Costs = Partial<Record<CriterionName, number>>;

/** The criteria that look at what there was before, where they count. */
export function historyCosts({ keep, move = [], reuse }: SolveRequest): Costs {
  return {
    ...(keep !== undefined && move.length > 0 && { downgrades: 0, updates: 0 }),
    ...(keep !== undefined && { changes: 0 }),
    ...(reuse !== undefined && { builds: 0 }),
  };
}

/** Counts what a solution costs by the criteria that look at what there was before it. */
export function addHistoryCosts(request: SolveRequest, platform: LockedPlatform, costs: Costs): void {
  const built = Object.values(platform.packages).filter(({ external }) => external === undefined);
  for (const locked of built) {
    const order = versionOrder(request, locked.name).map(({ version }) => version as string);
    const index = order.indexOf(locked.version);
    if (costs.updates !== undefined && request.move?.includes(locked.name)) costs.updates += index;
    const kept = keptOf(request, locked);
    if (kept === undefined || costs.changes === undefined) continue;
    costs.changes += order.includes(kept.version) && kept.version !== locked.version ? 1 : 0;
    costs.changes += changedVariants(request, locked, kept);
    const before = order.indexOf(kept.version);
    if (costs.downgrades !== undefined && before >= 0 && index > before) costs.downgrades += 1;
  }
  if (costs.changes !== undefined) costs.changes += changedProviders(request, platform);
  if (costs.builds !== undefined) costs.builds += neededBuilds(request, platform);
}

function keptOf({ keep, move = [] }: SolveRequest, { name }: LockedPackage): LockedPackage | undefined {
  const kept = move.includes(name) ? undefined : keep?.packages[name];
  return kept?.external === undefined ? kept : undefined;
}

function changedVariants(request: SolveRequest, locked: LockedPackage, kept: LockedPackage): number {
  const changed = Object.entries(kept.variants).filter(([name, value]) => {
    const own = locked.variants[name];
    const declared = request.recipe(locked.name)?.variants.filter((one) => one.name === name) ?? [];
    return own !== undefined && declared.some((one) => canHave(one, value)) && String(own) !== String(value);
  });
  return changed.length;
}

function canHave({ kind, values }: VariantDetails, value: VariantValue): boolean {
  return kind === 'bool' ? typeof value === 'boolean' : values?.includes(String(value)) === true;
}

function changedProviders(request: SolveRequest, platform: LockedPlatform): number {
  const before = Object.entries(request.keep?.packages ?? {}).flatMap(([, { name, reasons }]) =>
    reasons.map(({ asks }) => ({ name, asks })),
  );
  const changed = providersIn(request, platform).filter(({ virtual, chosen, ordered }) => {
    const kept = before.findLast(({ name, asks }) => asks === virtual && !request.move?.includes(name));
    return kept !== undefined && ordered.includes(kept.name as never) && kept.name !== chosen;
  });
  return changed.length;
}

function neededBuilds(request: SolveRequest, platform: LockedPlatform): number {
  const existing = request.reuse?.packages ?? [];
  const names = new Set<string>(existing.map(({ name }) => name));
  const reused = matchExisting(platform, existing);
  const built = Object.entries(platform.packages).filter(
    ([key, { name, external }]) => external === undefined && names.has(name) && !reused.has(key),
  );
  const provided = providersIn(request, platform).filter(
    ({ chosen, ordered }) => !names.has(chosen) && ordered.some((name) => names.has(name)),
  );
  return built.length + provided.length;
}
