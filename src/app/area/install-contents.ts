import { join } from 'node:path';
import {
  type AreaIndex,
  emptyAreaIndex,
  forgetMissing,
  locateArea,
  makeArea,
  readAreaIndex,
  writeAreaIndex,
} from '../../area/area-index.ts';
import type { AreaLayout } from '../../area/area-layout.ts';
import {
  createGeneration,
  type Generation,
  readActiveGeneration,
  readGeneration,
  switchGeneration,
} from '../../area/generation.ts';
import { readInstalledEntries } from '../../area/installed-manifest.ts';
import { openUnpackers } from '../../area/open-unpackers.ts';
import type { ViewConflict } from '../../area/plan-view.ts';
import { rememberKey } from '../../area/remember-key.ts';
import { noteWritten, settleArea } from '../../area/settle-area.ts';
import { readSharing } from '../../area/share-area.ts';
import { emptyTrash } from '../../area/throw-away.ts';
import { FarmError } from '../../core/farm-error.ts';
import { isThere } from '../../core/is-there.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import { mapLimit } from '../../core/map-limit.ts';
import type { AppContext } from '../farm/open-farm.ts';
import type { WantedContents, WantedPackage } from './area-contents.ts';
import { describeInstalled, rememberUnpacked } from './remember-unpacked.ts';
import { type OpenBlob, unpackWanted } from './unpack-wanted.ts';
import { holdArea } from './with-area.ts';

/** Where and how something is installed. */
export interface InstallOptions {
  /** The area: any folder that the user can write. */
  readonly prefix: string;
  readonly wait: boolean;
  readonly dryRun: boolean;
}

/** What was installed, or would be. */
export interface InstallResult {
  readonly area: string;
  readonly platform: string;
  /** Store names of packages that were not there yet. */
  readonly unpacked: readonly string[];
  /** Store names of packages that were. */
  readonly kept: readonly string[];
  /** Absent in a dry run. */
  readonly generation?: number;
  /** False when the area already had just these packages in use. */
  readonly switched: boolean;
  readonly conflicts: readonly ViewConflict[];
  readonly bytes: number;
  readonly seconds: number;
}

interface Installation {
  readonly contents: WantedContents;
  readonly openBlob: OpenBlob;
  readonly options: InstallOptions;
  readonly context: AppContext;
  readonly layout: AreaLayout;
}

/** Installs packages into an area and makes them the ones in use; the area is at its old state until all is there.
 * @throws PREFIX_TOO_LONG, PACKAGE_DAMAGED, DISK_FULL, PERMISSION_DENIED, LOCKED, AREA_INVALID */
export async function installContents(
  contents: WantedContents,
  openBlob: OpenBlob,
  { context, ...options }: InstallOptions & { readonly context: AppContext },
): Promise<InstallResult> {
  const start = performance.now();
  const layout = locateArea(options.prefix, contents.longestRoot);
  const result = await install({ contents, openBlob, options, context, layout });
  return { area: layout.root, platform: contents.platform, ...result, seconds: (performance.now() - start) / 1000 };
}

async function install(installation: Installation): Promise<Omit<InstallResult, 'area' | 'platform' | 'seconds'>> {
  const { contents, options, layout, context } = installation;
  if (options.dryRun) {
    const missing = await findMissing(layout, await readAreaIndex(layout), contents.packages);
    return { ...sortNames(contents.packages, missing), switched: false, conflicts: [] };
  }
  await makeArea(layout);
  const work = async () => {
    const index = await openIndex(installation);
    const missing = await findMissing(layout, index, contents.packages);
    const written = await unpackMissing(missing, index, installation);
    if (contents.key !== undefined) await rememberKey(layout, contents.key);
    return { ...sortNames(contents.packages, missing), ...(await activate(installation, written)) };
  };
  return await holdArea(layout, { command: 'binfarm install', wait: options.wait }, { context, work });
}

/** The area's index, which says of nothing that it is there when it is not.
 * @throws CHANNEL_OLD when somebody has meanwhile installed what a later move of the channel leads to */
async function openIndex({ layout, contents }: Installation): Promise<AreaIndex> {
  const stored = await readAreaIndex(layout);
  if (stored === undefined) return emptyAreaIndex(contents.farm);
  const wanted = contents.source?.serials ?? {};
  const overtaken = Object.entries(wanted).find(([name, serial]) => serial < (stored.source?.serials[name] ?? 0));
  if (overtaken !== undefined) {
    throw new FarmError(
      'CHANNEL_OLD',
      `Cannot install what channel "${overtaken[0]}" led to: it was moved, and the move was installed meanwhile`,
      { hint: 'Run the same command again', details: { overtaken: true } },
    );
  }
  const index = settleArea(layout, await forgetMissing(layout, stored));
  if (index !== stored) await writeAreaIndex(layout, index); // before a folder of such a name is there again, half-written
  return index;
}

function sortNames(
  packages: readonly WantedPackage[],
  missing: readonly WantedPackage[],
): Pick<InstallResult, 'unpacked' | 'kept' | 'bytes'> {
  const namesOf = (list: readonly WantedPackage[]) => list.map(({ storeName }) => storeName).sort();
  return {
    unpacked: namesOf(missing),
    kept: namesOf(packages.filter((item) => !missing.includes(item))),
    bytes: missing.reduce((sum, { size }) => sum + size, 0),
  };
}

/** What is not there yet. A package that the index does not list may not be whole, so it counts as missing. */
async function findMissing(
  layout: AreaLayout,
  index: AreaIndex | undefined,
  packages: readonly WantedPackage[],
): Promise<readonly WantedPackage[]> {
  const believed = await mapLimit(packages, 32, async ({ storeName, digest }) => {
    const known = index?.packages[storeName];
    const isOther = known?.insecure === true && known.digest !== digest; // nobody has vouched for that
    return known !== undefined && !isOther && (await isThere(join(layout.store, storeName)));
  });
  return packages.filter((_, position) => !believed[position]);
}

/** Unpacks the largest first, so that no core is idle at the end, and gives the index with a note of it. What was unpacked before a failure need not be unpacked again. */
async function unpackMissing(
  missing: readonly WantedPackage[],
  index: AreaIndex,
  { layout, openBlob, context }: Installation,
): Promise<AreaIndex> {
  if (missing.length === 0) return index;
  await emptyTrash(layout); // there may be need of the space
  const sharing = await readSharing(layout.root);
  const largestFirst = missing.toSorted((a, b) => b.size - a.size);
  const unpackers = openUnpackers(missing.reduce((sum, { size }) => sum + size, 0));
  const achieved = rememberUnpacked(layout, index);
  try {
    await mapLimit(largestFirst, unpackers.count, async (item) => {
      await unpackWanted(item, { layout, sharing, unpackers, openBlob, context });
      await achieved.add(item);
    });
    const names = missing.map(({ storeName }) => storeName);
    return { ...index, unsettled: await noteWritten(layout, index, names) };
  } catch (error) {
    await achieved.keep().catch(() => {}); // the first error is the one to tell
    throw error;
  } finally {
    await unpackers.close();
  }
}

/** Makes a generation of the wanted packages, unless the active one is just that, and switches to it. */
async function activate(
  { contents, layout, context }: Installation,
  index: AreaIndex,
): Promise<Pick<InstallResult, 'switched' | 'conflicts'> & { readonly generation: number }> {
  const active = await readActiveGeneration(layout);
  const before = active === undefined ? undefined : await readGeneration(layout, active);
  const remembered = {
    ...index,
    ...(contents.source === undefined ? {} : { source: contents.source }),
    packages: { ...index.packages, ...describeInstalled(contents.packages) },
  };
  if (before !== undefined && isSame(before, contents)) {
    if (formatCanonicalJson(remembered) !== formatCanonicalJson(index)) await writeAreaIndex(layout, remembered);
    return { generation: before.number, switched: false, conflicts: [] };
  }
  const packages = await mapLimit(contents.packages, 8, async ({ storeName, name, asked }) => {
    const { entries } = await readInstalledEntries(layout, storeName);
    return { storeName, name, asked, entries };
  });
  const { farm, platform, release } = contents;
  const about = { farm, platform, ...(release === undefined ? {} : { release }) };
  await writeAreaIndex(layout, remembered);
  const { generation, conflicts } = await createGeneration(layout, { ...about, packages });
  await switchGeneration(layout, generation.number);
  for (const conflict of conflicts) context.emit({ type: 'area.conflicted', ...conflict });
  context.emit({ type: 'area.switched', area: layout.root, generation: generation.number, packages: packages.length });
  return { generation: generation.number, switched: true, conflicts };
}

function isSame(generation: Generation, { packages, release }: WantedContents): boolean {
  const sorted = (list: readonly WantedPackage[]) =>
    list
      .map(({ storeName }) => storeName)
      .sort()
      .join();
  const asked = packages.filter((item) => item.asked);
  return (
    generation.release === release &&
    generation.packages.join() === sorted(packages) &&
    generation.asked.join() === sorted(asked)
  );
}
