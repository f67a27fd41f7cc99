import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FarmError } from '../core/farm-error.ts';
import { type FileLock, takeFileLock } from '../core/file-lock.ts';
import { mapLimit } from '../core/map-limit.ts';
import { type AreaIndex, emptyAreaIndex, locateArea, makeArea, readAreaIndex, writeAreaIndex } from '../area/area-index.ts';
import type { AreaLayout } from '../area/area-layout.ts';
import { createGeneration, type Generation, readActiveGeneration, readGeneration, switchGeneration } from '../area/generation.ts';
import { readInstalledManifest } from '../area/installed-manifest.ts';
import type { ViewConflict } from '../area/plan-view.ts';
import type { StoredPackage } from '../binhost/binhost.ts';
import { unpackPackage } from '../package/unpack-package.ts';
import { evaluateStack } from './evaluate-stack.ts';
import { type BuildableNode, isBuildable, runClosureOf } from './farm-node.ts';
import type { PackageFinder } from './find-package.ts';
import { type AppContext, type Farm, openFarm } from './open-farm.ts';
import { withWorkshop } from './open-workshop.ts';
import { pickPlatform } from './pick-platform.ts';
import { selectNodes } from './select-nodes.ts';
import { solveStack } from './solve-stack.ts';

/** What is to be installed, and where. */
export interface InstallRequest {
  readonly farm: string;
  /** The area: any folder that the user can write. */
  readonly prefix: string;
  /** Sets or packages; everything in the stack when empty. */
  readonly names: readonly string[];
  /** A platform of the stack; the one that fits this machine when absent. */
  readonly platform?: string;
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

/** Installs built packages into an area, with all that they need to run, and makes them the ones in use; the area is at its old state until all is there.
 * @throws PREFIX_TOO_LONG, PACKAGE_NOT_FOUND, PACKAGE_DAMAGED, KEY_UNKNOWN, SIGNATURE_INVALID, DISK_FULL, LOCKED, PLATFORM_INVALID */
export async function installPackages(request: InstallRequest, context: AppContext): Promise<InstallResult> {
  const start = performance.now();
  const farm = await openFarm(request.farm, context);
  const layout = locateArea(request.prefix, farm.root.length);
  return await withWorkshop(farm, context, async ({ bases, finder }) => {
    const solved = await solveStack(farm, bases, { mode: 'frozen' });
    const stack = await evaluateStack(farm, solved);
    const platform = pickPlatform(farm, request.platform);
    const asked = selectNodes(stack, request.names).filter(({ platformName }) => platformName === platform);
    const wanted = await findWanted(asked.filter(isBuildable), finder);
    const result = await install({ request, context, farm, finder, layout, platform, wanted });
    return { area: layout.root, platform, ...result, seconds: (performance.now() - start) / 1000 };
  });
}

/** A package that is to be in the area. */
interface WantedPackage {
  readonly node: BuildableNode;
  readonly stored: StoredPackage;
  readonly asked: boolean;
}

async function findWanted(asked: readonly BuildableNode[], finder: PackageFinder): Promise<WantedPackage[]> {
  const nodes = new Map<string, { node: BuildableNode; asked: boolean }>();
  for (const node of asked) nodes.set(node.built.storeName, { node, asked: true });
  for (const node of asked.flatMap(runClosureOf)) {
    if (!nodes.has(node.built.storeName)) nodes.set(node.built.storeName, { node, asked: false });
  }
  const found = await mapLimit(nodes.values(), 8, async (item) => ({ ...item, stored: await finder.find(item.node) }));
  const missing = found.filter(({ stored }) => stored === undefined).map(({ node }) => node.key);
  if (missing.length === 0) return found as WantedPackage[];
  throw new FarmError('PACKAGE_NOT_FOUND', `Cannot install "${missing[0]}": it is in no binhost`, {
    hint: 'binfarm build',
    details: { missing },
  });
}

interface Installation {
  readonly request: InstallRequest;
  readonly context: AppContext;
  readonly farm: Farm;
  readonly finder: PackageFinder;
  readonly layout: AreaLayout;
  readonly platform: string;
  readonly wanted: readonly WantedPackage[];
}

async function install(installation: Installation): Promise<Omit<InstallResult, 'area' | 'platform' | 'seconds'>> {
  const { request, layout, wanted } = installation;
  const there = await mapLimit(wanted, 16, async ({ node }) => await isThere(join(layout.store, node.built.storeName)));
  const missing = wanted.filter((_, position) => !there[position]);
  const namesOf = (list: readonly WantedPackage[]) => list.map(({ node }) => node.built.storeName).sort();
  const names = { unpacked: namesOf(missing), kept: namesOf(wanted.filter((_, position) => there[position])) };
  const bytes = missing.reduce((sum, { stored }) => sum + stored.size, 0);
  if (request.dryRun) return { ...names, switched: false, conflicts: [], bytes };
  await makeArea(layout);
  const lock = await takeArea(installation);
  try {
    const index = (await readAreaIndex(layout)) ?? emptyAreaIndex(installation.farm.stack.farm);
    await mapLimit(missing, 2, (item) => unpackInto(item, installation));
    return { ...names, ...(await activate(installation, index)), bytes };
  } finally {
    await lock.close();
  }
}

async function takeArea({ layout, request, context }: Installation): Promise<FileLock> {
  return await takeFileLock(layout.lock, {
    command: 'binfarm install',
    wait: request.wait,
    onWait: (owner) => context.emit({ type: 'farm.waited', path: layout.root, ...(owner === undefined ? {} : { owner }) }),
  });
}

async function unpackInto({ node, stored }: WantedPackage, { layout, finder, context }: Installation): Promise<void> {
  const into = join(layout.store, node.built.storeName);
  if (await isThere(into)) return; // another process was faster, before this one had the area
  const manifest = await unpackPackage({ blob: finder.open(stored), expect: stored, into, root: layout.root });
  const { name, version } = node.locked;
  context.emit({ type: 'area.unpacked', name, version, files: manifest.entries.length, bytes: stored.size });
}

/** Makes a generation of the wanted packages, unless the active one is just that, and switches to it. */
async function activate(
  { layout, farm, platform, wanted, context }: Installation,
  index: AreaIndex,
): Promise<Pick<InstallResult, 'switched' | 'conflicts'> & { readonly generation: number }> {
  const active = await readActiveGeneration(layout);
  const before = active === undefined ? undefined : await readGeneration(layout, active);
  if (before !== undefined && isSame(before, wanted)) return { generation: before.number, switched: false, conflicts: [] };
  const packages = await mapLimit(wanted, 8, async ({ node, asked }) => {
    const { storeName } = node.built;
    const { entries } = await readInstalledManifest(layout, storeName);
    return { storeName, name: node.locked.name, asked, entries };
  });
  const { generation, conflicts } = await createGeneration(layout, { farm: farm.stack.farm, platform, packages });
  await writeAreaIndex(layout, { ...index, packages: { ...index.packages, ...describeInstalled(wanted) } });
  await switchGeneration(layout, generation.number);
  for (const conflict of conflicts) context.emit({ type: 'area.conflicted', ...conflict });
  context.emit({ type: 'area.switched', area: layout.root, generation: generation.number, packages: wanted.length });
  return { generation: generation.number, switched: true, conflicts };
}

function isSame(generation: Generation, wanted: readonly WantedPackage[]): boolean {
  const sorted = (list: readonly WantedPackage[]) => list.map(({ node }) => node.built.storeName).sort().join();
  return generation.packages.join() === sorted(wanted) && generation.asked.join() === sorted(wanted.filter(({ asked }) => asked));
}

function describeInstalled(wanted: readonly WantedPackage[]): AreaIndex['packages'] {
  return Object.fromEntries(
    wanted.map(({ node, stored }) => [
      node.built.storeName,
      {
        name: node.locked.name,
        version: node.locked.version,
        platform: node.platformName,
        buildHash: node.built.buildHash,
        digest: stored.digest,
        needs: runClosureOf(node).map(({ built }) => built.storeName).sort(),
      },
    ]),
  );
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
