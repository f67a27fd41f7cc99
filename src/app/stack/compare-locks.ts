import type { Lock, LockedPackage, LockedPlatform, VariantValue } from '../../model/lock.ts';

/** A package as a lock has it, with the build hash that today's recipes give it. */
export interface LockSide {
  readonly version: string;
  readonly variants: Readonly<Record<string, VariantValue>>;
  readonly external: boolean;
  /** Absent for an external, and where the recipes no longer know the package so. */
  readonly buildHash?: string;
}

/** How one package differs between two locks; a side is absent where the package is. */
export interface LockChange {
  readonly key: string;
  readonly before?: LockSide;
  readonly after?: LockSide;
  /** Who asks for it: sets and packages, as the lock that has it last says. */
  readonly askedBy: readonly string[];
}

/** How two locks differ for one platform. */
export interface PlatformChanges {
  readonly platform: string;
  readonly added: readonly LockChange[];
  readonly removed: readonly LockChange[];
  /** Another version, or other options. */
  readonly changed: readonly LockChange[];
  /** The same as before, but built anew, since something that they are made with changes. */
  readonly rebuilt: readonly LockChange[];
}

/** A lock, and the build hashes of its packages by platform and key. */
export interface HashedLock {
  readonly lock: Lock;
  readonly hashes: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** Compares two locks; platforms without any difference are left out. */
export function compareLocks(before: HashedLock, after: HashedLock): PlatformChanges[] {
  const names = [...new Set([...Object.keys(before.lock.platforms), ...Object.keys(after.lock.platforms)])].sort();
  return names
    .map((platform) => comparePlatforms(platform, sidesOf(before, platform), sidesOf(after, platform)))
    .filter(
      ({ added, removed, changed, rebuilt }) => added.length + removed.length + changed.length + rebuilt.length > 0,
    );
}

type Sides = ReadonlyMap<string, { readonly side: LockSide; readonly askedBy: readonly string[] }>;

function sidesOf({ lock, hashes }: HashedLock, platform: string): Sides {
  const packages: LockedPlatform['packages'] = lock.platforms[platform]?.packages ?? {};
  return new Map(
    Object.entries(packages).map(([key, locked]) => {
      const buildHash = hashes.get(platform)?.get(key);
      return [key, { side: sideOf(locked, buildHash), askedBy: locked.reasons.map(({ from }) => from) }];
    }),
  );
}

function sideOf({ version, variants, external }: LockedPackage, buildHash: string | undefined): LockSide {
  return { version, variants, external: external !== undefined, ...(buildHash === undefined ? {} : { buildHash }) };
}

function comparePlatforms(platform: string, before: Sides, after: Sides): PlatformChanges {
  const changes = {
    added: [] as LockChange[],
    removed: [] as LockChange[],
    changed: [] as LockChange[],
    rebuilt: [] as LockChange[],
  };
  for (const key of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const old = before.get(key);
    const now = after.get(key);
    const change: LockChange = {
      key,
      ...(old === undefined ? {} : { before: old.side }),
      ...(now === undefined ? {} : { after: now.side }),
      askedBy: (now ?? old)!.askedBy,
    };
    if (old === undefined) changes.added.push(change);
    else if (now === undefined) changes.removed.push(change);
    else if (!isAlike(old.side, now.side)) changes.changed.push(change);
    else if (old.side.buildHash !== now.side.buildHash) changes.rebuilt.push(change);
  }
  return { platform, ...changes };
}

function isAlike(a: LockSide, b: LockSide): boolean {
  return (
    a.version === b.version && a.external === b.external && JSON.stringify(a.variants) === JSON.stringify(b.variants)
  );
}
