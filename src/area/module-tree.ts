import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readRegularFile } from '../core/read-regular-file.ts';
import { writeFileAtomic } from '../core/write-file-atomic.ts';
import { isReleaseName } from '../model/release.ts';
import type { AreaLayout } from './area-layout.ts';
import { type Generation, listGenerationNumbers, readActiveGeneration, readGeneration } from './generation.ts';
import { formatDefaultVersion, formatModulefile } from './modulefile.ts';
import { makeAreaFolder, readSharing, shareFile } from './share-area.ts';

/** The version that always is what is in use. */
const activeVersion = 'current';

/** A file of the module tree. */
export interface ModuleFile {
  /** Below the tree: `nova/2026.1`. */
  readonly path: string;
  readonly text: string;
}

/** The folder for `module use`. */
export function moduleTreeOf({ root }: AreaLayout): string {
  return join(root, 'modules');
}

/** Plans the modulefiles of an area: one for each release that a generation is, by its newest; one for each other generation; and `current`, which follows the switches.
 * @throws AREA_INVALID when a generation is damaged */
export async function planModuleTree(layout: AreaLayout): Promise<readonly ModuleFile[]> {
  const numbers = await listGenerationNumbers(layout);
  const generations = await Promise.all(numbers.map((number) => readGeneration(layout, number)));
  const files = new Map<string, string>();
  for (const generation of generations.filter(({ farm }) => isReleaseName(farm))) {
    const view = join(layout.generations, String(generation.number), 'view');
    files.set(`${generation.farm}/${versionOf(generation)}`, modulefileOf(generation, layout, view));
  }
  const active = await readActiveGeneration(layout);
  for (const generation of generations.filter(({ number, farm }) => number === active && isReleaseName(farm))) {
    const { farm } = generation;
    files.set(
      `${farm}/${activeVersion}`,
      modulefileOf(generation, layout, join(layout.current, 'view'), 'what is in use now'),
    );
    files.set(`${farm}/.version`, formatDefaultVersion(activeVersion));
  }
  return [...files].map(([path, text]) => ({ path, text })).sort((a, b) => (a.path < b.path ? -1 : 1));
}

function versionOf({ release, number }: Generation): string {
  const isUsable = release !== undefined && release !== activeVersion && isReleaseName(release);
  return isUsable ? release : `generation-${number}`;
}

function modulefileOf(generation: Generation, { root }: AreaLayout, view: string, what?: string): string {
  const { farm, platform } = generation;
  const says = `${farm}: ${what ?? `${versionOf(generation)}, ${generation.packages.length} packages for ${platform}`}`;
  return formatModulefile({ farm, says, area: root, view });
}

/** True when the modulefiles that are there are just those that are planned. */
export async function isModuleTreeFresh(layout: AreaLayout, planned: readonly ModuleFile[]): Promise<boolean> {
  const there = await listModuleFiles(layout);
  if (there.join('\n') !== planned.map(({ path }) => path).join('\n')) return false;
  for (const { path, text } of planned) {
    const bytes = await readRegularFile(join(moduleTreeOf(layout), path), 1 << 16).catch(() => undefined);
    if (bytes?.toString('utf8') !== text) return false;
  }
  return true;
}

/** Writes the modulefiles of an area, each by one rename, and removes those of what is gone; for whoever holds the area's lock.
 * @throws DISK_FULL, PERMISSION_DENIED */
export async function writeModuleTree(layout: AreaLayout, planned: readonly ModuleFile[]): Promise<void> {
  const tree = moduleTreeOf(layout);
  const sharing = await readSharing(layout.root);
  await makeAreaFolder(tree, sharing);
  for (const { path, text } of planned) {
    await makeAreaFolder(join(tree, path, '..'), sharing);
    await writeFileAtomic(join(tree, path), text, (temporary) => shareFile(temporary, sharing));
  }
  const wanted = new Set(planned.map(({ path }) => path));
  for (const path of await listModuleFiles(layout)) if (!wanted.has(path)) await rm(join(tree, path), { force: true });
}

/** Brings the modulefiles of an area up to date where it has any; for whoever holds the area's lock. */
export async function refreshModuleTree(layout: AreaLayout): Promise<void> {
  const names = await readdir(moduleTreeOf(layout)).catch(() => []);
  if (names.length === 0) return;
  const planned = await planModuleTree(layout);
  if (!(await isModuleTreeFresh(layout, planned))) await writeModuleTree(layout, planned);
}

async function listModuleFiles(layout: AreaLayout): Promise<readonly string[]> {
  const tree = moduleTreeOf(layout);
  const farms = (await readdir(tree).catch(() => [])).filter(isReleaseName);
  const lists = await Promise.all(
    farms.map(async (farm) => (await readdir(join(tree, farm)).catch(() => [])).map((name) => `${farm}/${name}`)),
  );
  return lists.flat().sort();
}
