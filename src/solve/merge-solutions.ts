import { formatCanonicalJson } from '../core/json.ts';
import type { LockedPackage, LockedPlatform, LockReason } from '../model/lock.ts';

/** One of several solutions that become one lock: that of all sets that are solved together, or that of one set which is solved apart. */
export interface SolutionPart {
  readonly platform: LockedPlatform;
  /** The set that is apart. */
  readonly set?: string;
}

/** Joins solutions that know nothing of each other. Packages that are the same, down to all that they need, are one;
 * one whose key is taken by another has `#` and its set's name behind it. */
export function mergeSolutions(parts: readonly SolutionPart[]): LockedPlatform {
  const packages = new Map<string, LockedPackage>();
  const keyByIdentity = new Map<string, string>();
  const sets: Record<string, readonly string[]> = {};
  for (const { platform, set } of parts) {
    const identityOf = createIdentifier(platform);
    const keys = new Map<string, string>();
    for (const key of Object.keys(platform.packages)) {
      const identity = identityOf(key);
      const own = keyByIdentity.get(identity) ?? (packages.has(key) ? `${key}#${set}` : key);
      keys.set(key, own);
      keyByIdentity.set(identity, own);
    }
    for (const [key, locked] of Object.entries(platform.packages)) {
      const own = keys.get(key)!;
      const dependencies = locked.dependencies.map((dependency) => ({ ...dependency, key: keys.get(dependency.key)! }));
      const known = packages.get(own)?.reasons ?? [];
      packages.set(own, { ...locked, dependencies, reasons: joinReasons([...known, ...locked.reasons]) });
    }
    for (const [name, members] of Object.entries(platform.sets))
      sets[name] = members.map((key) => keys.get(key)!).sort();
  }
  return { sets, packages: Object.fromEntries([...packages].sort(([a], [b]) => compareTexts(a, b))) };
}

/** Takes out of a joined solution what some of its sets need, under the keys that it had before.
 * @param apart the set that the part was solved for alone */
export function extractPart(platform: LockedPlatform, names: readonly string[], apart?: string): LockedPlatform {
  const keys = new Set(names.flatMap((name) => platform.sets[name] ?? []));
  for (const key of keys) for (const dependency of platform.packages[key]!.dependencies) keys.add(dependency.key);
  const suffix = `#${apart}`;
  const bare = (key: string) => (apart !== undefined && key.endsWith(suffix) ? key.slice(0, -suffix.length) : key);
  const packages = [...keys].map((key): [string, LockedPackage] => {
    const locked = platform.packages[key]!;
    const dependencies = locked.dependencies.map((dependency) => ({ ...dependency, key: bare(dependency.key) }));
    return [bare(key), { ...locked, dependencies }];
  });
  const sets = names.map((name) => [name, (platform.sets[name] ?? []).map(bare)] as const);
  return { sets: Object.fromEntries(sets), packages: Object.fromEntries(packages) };
}

/** Gives a text for a key that is the same for packages that are the same. */
function createIdentifier({ packages }: LockedPlatform): (key: string) => string {
  const known = new Map<string, string>();
  const identify = (key: string): string => {
    const text = known.get(key);
    if (text !== undefined) return text;
    const { name, version, variants, external, dependencies } = packages[key]!;
    const below = dependencies.map((one) => [identify(one.key), one.types]);
    const identity = formatCanonicalJson([name, version, variants, external ?? null, below]);
    known.set(key, identity);
    return identity;
  };
  return identify;
}

function joinReasons(reasons: readonly LockReason[]): LockReason[] {
  const joined = new Map(reasons.map((reason) => [`${reason.from} ${reason.asks}`, reason]));
  return [...joined].sort(([a], [b]) => compareTexts(a, b)).map(([, reason]) => reason);
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
