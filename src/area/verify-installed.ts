import { createHash } from 'node:crypto';
import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../core/digest.ts';
import type { Digest } from '../core/digest-text.ts';
import { FarmError } from '../core/farm-error.ts';
import type { PackageEntry } from '../model/package-manifest.ts';
import { parsePackageManifest } from '../package/manifest/parse-manifest.ts';
import { type Placement, parsePlacement, placementPath } from '../package/manifest/placement.ts';
import type { AreaLayout } from './area-layout.ts';

/** Something in an area that is not as it was installed. */
export interface InstalledFault {
  /** Below the package's folder. */
  readonly path: string;
  readonly state: 'missing' | 'changed' | 'unreadable' | 'unexpected';
}

/** What reading an installed package again found out. */
export interface InstalledVerdict {
  readonly files: number;
  readonly bytes: number;
  readonly faults: readonly InstalledFault[];
}

/** Compares every file of an installed package with what was written when it was installed; reads all of it. Files that somebody added are faults too, except what Python
 * keeps beside its modules.
 * @throws AREA_INVALID when the package's own records are missing or damaged */
export function verifyInstalled(layout: AreaLayout, storeName: string): InstalledVerdict {
  const folder = join(layout.store, storeName);
  const { entries, placement } = readRecords(folder);
  const faults: InstalledFault[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const state = stateOf(folder, entry, placement);
    if (state !== undefined) faults.push({ path: entry.path, state });
    if (entry.type === 'file') bytes += entry.size;
  }
  const known = new Set(entries.map(({ path }) => path));
  const unexpected = listPaths(folder, '').filter((path) => !known.has(path));
  return {
    files: entries.length,
    bytes,
    faults: [...faults, ...unexpected.map((path) => ({ path, state: 'unexpected' as const }))],
  };
}

function readRecords(folder: string): { entries: readonly PackageEntry[]; placement: Placement } {
  const path = join(folder, '.binfarm', 'package.json');
  try {
    const { entries } = parsePackageManifest(readFileSync(path));
    return { entries, placement: parsePlacement(readFileSync(join(folder, placementPath), 'utf8')) };
  } catch (cause) {
    throw new FarmError('AREA_INVALID', `Cannot check "${folder}": its own records are missing or damaged`, { cause });
  }
}

function stateOf(folder: string, entry: PackageEntry, placement: Placement): InstalledFault['state'] | undefined {
  const path = join(folder, entry.path);
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 'missing';
  try {
    return isAsWritten(path, stats, { entry, folder, placement }) ? undefined : 'changed';
  } catch {
    return 'unreadable';
  }
}

function isAsWritten(
  path: string,
  stats: Stats,
  { entry, folder, placement }: { entry: PackageEntry; folder: string; placement: Placement },
): boolean {
  const edited = placement.edited[entry.path];
  switch (entry.type) {
    case 'directory':
      return stats.isDirectory();
    case 'symlink': {
      if (!stats.isSymbolicLink()) return false;
      const target = readlinkSync(path);
      return edited === undefined ? target === entry.target : digestOf(target) === edited;
    }
    case 'hardlink':
      return stats.isFile() && stats.ino === lstatSync(join(folder, entry.target)).ino;
    case 'file': {
      const isWhole = stats.isFile() && (stats.mode & 0o111) === (entry.mode & 0o111);
      if (!isWhole || (edited === undefined && stats.size !== entry.size)) return false;
      return digestOfFile(path) === (edited ?? entry.digest);
    }
  }
}

const part = Buffer.allocUnsafe(1 << 20);

function digestOfFile(path: string): Digest {
  const hash = createHash('sha256');
  const descriptor = openSync(path, 'r');
  try {
    for (let count = readSync(descriptor, part); count > 0; count = readSync(descriptor, part))
      hash.update(part.subarray(0, count));
  } finally {
    closeSync(descriptor);
  }
  return `sha256:${hash.digest('hex')}` as Digest;
}

/** All paths below a folder but binfarm's own, and those that Python makes when it first imports a module. */
function listPaths(folder: string, below: string): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((item) => {
    const path = below === '' ? item.name : `${below}/${item.name}`;
    if (path === '.binfarm' || item.name === '__pycache__') return [];
    return item.isDirectory() ? [path, ...listPaths(folder, path)] : [path];
  });
}
