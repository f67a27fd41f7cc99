import type { LockedPackage, LockedPlatform } from '../model/lock.ts';
import { valuesOf } from './encode/kept-solution.ts';
import type { ExistingPackage } from './solve-types.ts';

/** Finds which packages of a solution are packages that exist, as far as their specs tell: by key, the ids of all that have its spec. */
export function matchExisting(
  platform: LockedPlatform,
  existing: readonly ExistingPackage[],
): Map<string, ReadonlySet<string>> {
  const byName = Map.groupBy(existing, ({ name }) => name as string);
  const found = new Map<string, ReadonlySet<string>>();
  const find = (key: string): ReadonlySet<string> => {
    const known = found.get(key);
    if (known !== undefined) return known;
    const locked = platform.packages[key]!;
    const needs = new Map<string, ReadonlySet<string>>();
    for (const { key: below, types } of locked.dependencies) {
      const target = platform.packages[below]!;
      const isUsed = types.includes('link') || types.includes('run');
      if (isUsed && target.external === undefined) needs.set(target.name, find(below));
    }
    const candidates = locked.external === undefined ? (byName.get(locked.name) ?? []) : [];
    const fitting = candidates.filter((one) => isSame(locked, one) && hasNeeds(one, needs));
    const ids = new Set(fitting.map(({ id }) => id));
    found.set(key, ids);
    return ids;
  };
  for (const key of Object.keys(platform.packages)) find(key);
  return new Map([...found].filter(([, ids]) => ids.size > 0));
}

/** True when version and variants agree; a variant that only one of them has does not count. */
function isSame(locked: LockedPackage, existing: ExistingPackage): boolean {
  if (locked.version !== existing.version) return false;
  return Object.entries(existing.variants).every(([name, value]) => {
    if (!Object.hasOwn(locked.variants, name)) return true;
    const own = locked.variants[name]!;
    return typeof own === typeof value && valuesOf(own).toSorted().join() === valuesOf(value).toSorted().join();
  });
}

function hasNeeds(existing: ExistingPackage, needs: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  return (
    existing.needs.length === needs.size && existing.needs.every(({ name, id }) => needs.get(name)?.has(id) ?? false)
  );
}
