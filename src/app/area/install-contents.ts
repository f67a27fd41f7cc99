import { join } from 'node:path';
import {
  type AreaIndex,
  emptyAreaIndex,
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
import { readInstalledManifest } from '../../area/installed-manifest.ts';
import { openUnpackers } from '../../area/open-unpackers.ts';
import type { ViewConflict } from '../../area/plan-view.ts';
import { removeAreaLeftovers } from '../../area/remove-area-leftovers.ts';
import type { FileLock } from '../../core/file-lock.ts';
import { takeFileLock } from '../../core/file-lock.ts';
import { isThere } from '../../core/is-there.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import { mapLimit } from '../../core/map-limit.ts';
import { removeFolder } from '../../core/remove-folder.ts';
import { syncFileSystem } from '../../package/sync-file-system.ts';
import { blamePackage } from '../build/blame-package.ts';
import type { AppContext } from '../farm/open-farm.ts';
import type { WantedContents, WantedPackage } from './area-contents.ts';

/** Where and how something is installed. */
export interface InstallOptions {
  /** The area: any folder that the user can write. */
  readonly prefix: string;
  readonly wait: boolean;
  readonly dryRun: boolean;
}

/** Gives the bytes of a package's blob: a path where it is a local file. */
export type OpenBlob = (item: WantedPackage) => string | AsyncIterable<Buffer>;

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
  const { contents, options, layout } = installation;
  const missing = await findMissing(layout, await readAreaIndex(layout), contents.packages);
  const names = {
    unpacked: missing.map(({ storeName }) => storeName).sort(),
    kept: contents.packages
      .filter((item) => !missing.includes(item))
      .map(({ storeName }) => storeName)
      .sort(),
  };
  const bytes = missing.reduce((sum, { size }) => sum + size, 0);
  if (options.dryRun) return { ...names, switched: false, conflicts: [], bytes };
  await makeArea(layout);
  const lock = await takeArea(installation);
  try {
    await removeAreaLeftovers(layout);
    const index = (await readAreaIndex(layout)) ?? emptyAreaIndex(contents.farm);
    await unpackMissing(await findMissing(layout, index, contents.packages), installation);
    return { ...names, ...(await activate(installation, index)), bytes };
  } finally {
    await lock.close();
  }
}

/** What is not there yet. A package that the index does not list may not have reached the disk whole before a power failure, so it counts as missing. */
async function findMissing(
  layout: AreaLayout,
  index: AreaIndex | undefined,
  packages: readonly WantedPackage[],
): Promise<readonly WantedPackage[]> {
  const believed = await mapLimit(packages, 32, async ({ storeName }) => {
    return index?.packages[storeName] !== undefined && (await isThere(join(layout.store, storeName)));
  });
  return packages.filter((_, position) => !believed[position]);
}

async function takeArea({ layout, options, context }: Installation): Promise<FileLock> {
  return await takeFileLock(layout.lock, {
    command: 'binfarm install',
    wait: options.wait,
    signal: context.signal,
    onWait: (owner) =>
      context.emit({ type: 'farm.waited', path: layout.root, ...(owner === undefined ? {} : { owner }) }),
  });
}

/** Unpacks the largest first, so that no core is idle at the end, and has all of it reach the disk at once. */
async function unpackMissing(
  missing: readonly WantedPackage[],
  { layout, openBlob, context }: Installation,
): Promise<void> {
  if (missing.length === 0) return;
  const largestFirst = missing.toSorted((a, b) => b.size - a.size);
  const unpackers = openUnpackers(missing.reduce((sum, { size }) => sum + size, 0));
  try {
    await mapLimit(largestFirst, unpackers.count, async (item) => {
      context.signal.throwIfAborted();
      const { name, version, digest, size, buildHash, storeName } = item;
      const into = join(layout.store, storeName);
      const expect = { digest, size, buildHash, storeName };
      await removeFolder(into);
      const request = { blob: openBlob(item), expect, into, root: layout.root, sync: false };
      const files = await blamePackage(item, () => unpackers.unpack(request));
      context.emit({ type: 'area.unpacked', name, version, files, bytes: size });
    });
    await syncFileSystem(layout.store);
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
    const { entries } = await readInstalledManifest(layout, storeName);
    return { storeName, name, asked, entries };
  });
  const { farm, platform, release } = contents;
  const about = { farm, platform, ...(release === undefined ? {} : { release }) };
  const { generation, conflicts } = await createGeneration(layout, { ...about, packages });
  await writeAreaIndex(layout, remembered);
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

function describeInstalled(packages: readonly WantedPackage[]): AreaIndex['packages'] {
  return Object.fromEntries(
    packages.map(({ storeName, name, version, platform, buildHash, digest, needs }) => [
      storeName,
      { name, version, platform, buildHash, digest, needs: [...needs] },
    ]),
  );
}
