import { writeAreaIndex } from '../../area/area-index.ts';
import { readActiveGeneration, readGeneration } from '../../area/generation.ts';
import { type InstalledVerdict, verifyInstalled } from '../../area/verify-installed.ts';
import { FarmError, isFarmError } from '../../core/farm-error.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { type AreaHold, changeArea, type OpenArea, openExistingArea } from './with-area.ts';

/** What reading one installed package again found out. */
export interface InstalledCheck extends InstalledVerdict {
  readonly storeName: string;
  /** Why it could not be read at all. */
  readonly problem?: string;
}

/** What reading an area again found out. */
export interface AreaVerdict {
  readonly area: string;
  readonly packages: readonly InstalledCheck[];
  /** Store names of packages that are not as they were installed. */
  readonly damaged: readonly string[];
  /** Those of them that the next installation writes anew. */
  readonly forgotten: readonly string[];
}

/** Compares every file of an area's packages in use, or of those that are named, with what was installed. With `repair` the area no longer believes in those that were changed,
 * so that the next `update` or `install` writes them anew; until then they stay in use.
 * @throws AREA_INVALID; PACKAGE_NOT_FOUND for a name that the area does not have; LOCKED */
export async function verifyArea(
  request: AreaHold & { readonly prefix: string; readonly names: readonly string[]; readonly repair: boolean },
  context: AppContext,
): Promise<AreaVerdict> {
  const area = await openExistingArea(request.prefix);
  const packages: InstalledCheck[] = [];
  for (const storeName of await selectPackages(area, request.names)) {
    context.signal.throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve)); // signals are heard between packages
    packages.push(checkInstalled(area, storeName));
  }
  const damaged = packages.filter(isDamaged).map(({ storeName }) => storeName);
  const forgotten = request.repair && damaged.length > 0 ? await forget(damaged, request, context) : [];
  return { area: area.layout.root, packages, damaged, forgotten };
}

async function selectPackages({ layout, index }: OpenArea, names: readonly string[]): Promise<readonly string[]> {
  const number = await readActiveGeneration(layout);
  const active = number === undefined ? [] : (await readGeneration(layout, number)).packages;
  if (names.length === 0) return active;
  return names.flatMap((name) => {
    const found = Object.keys(index.packages).filter((item) => item === name || index.packages[item]?.name === name);
    if (found.length > 0) return found;
    throw new FarmError('PACKAGE_NOT_FOUND', `Cannot check "${name}": it is not in "${layout.root}"`, {
      hint: `binfarm list ${layout.root}`,
    });
  });
}

function checkInstalled({ layout }: OpenArea, storeName: string): InstalledCheck {
  try {
    return { storeName, ...verifyInstalled(layout, storeName) };
  } catch (error) {
    if (!isFarmError(error)) throw error;
    return { storeName, files: 0, bytes: 0, faults: [], problem: error.message };
  }
}

/** Files that somebody added harm nobody. */
function isDamaged({ faults, problem }: InstalledCheck): boolean {
  return problem !== undefined || faults.some(({ state }) => state !== 'unexpected');
}

async function forget(
  damaged: readonly string[],
  request: AreaHold & { readonly prefix: string },
  context: AppContext,
): Promise<readonly string[]> {
  return await changeArea({ ...request, dryRun: false }, context, async ({ layout, index }) => {
    const packages = Object.entries(index.packages).filter(([storeName]) => !damaged.includes(storeName));
    await writeAreaIndex(layout, { ...index, packages: Object.fromEntries(packages) });
    return damaged;
  });
}
