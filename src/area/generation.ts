import { mkdir, open, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { FarmError, isFarmError } from '../core/farm-error.ts';
import { isThere } from '../core/is-there.ts';
import { formatReadableJson } from '../core/json.ts';
import { mapLimit } from '../core/map-limit.ts';
import { parseJsonWithin } from '../core/parse-json-within.ts';
import { readRegularFile } from '../core/read-regular-file.ts';
import { syncFolder } from '../core/write-file-atomic.ts';
import type { AreaLayout } from './area-layout.ts';
import { planView, type ViewConflict, type ViewPackage, type ViewPlan } from './plan-view.ts';
import { refuseNewer } from './refuse-newer.ts';
import { formatSetupScripts } from './setup-scripts.ts';
import { type AreaSharing, readSharing, shareFile, shareFolder } from './share-area.ts';

const generationSchema = v.strictObject({
  format: v.literal('binfarm.generation/1'),
  number: v.number(),
  created: v.string(),
  farm: v.string(),
  platform: v.string(),
  /** The release that it is, where it is one. */
  release: v.optional(v.string()),
  /** Store names of what was asked for. */
  asked: v.array(v.string()),
  /** Store names of everything, sorted. */
  packages: v.array(v.string()),
});

/** One state of an area: the packages that are in use together, with their view and set-up scripts. */
export type Generation = v.InferOutput<typeof generationSchema>;

/** What a new generation is to hold. */
export interface GenerationRequest {
  readonly farm: string;
  readonly platform: string;
  readonly release?: string;
  readonly packages: readonly ViewPackage[];
}

/** Makes a generation beside those that are there; the active one stays as it is until `switchGeneration`. Until then it is marked as pending, so that a process that is killed
 * in between leaves nothing that looks like a state the area was in. */
export async function createGeneration(
  layout: AreaLayout,
  request: GenerationRequest,
): Promise<{ generation: Generation; conflicts: readonly ViewConflict[] }> {
  const number = Math.max(0, ...(await listGenerationFolders(layout)).map((one) => one.number)) + 1;
  const generation: Generation = {
    format: 'binfarm.generation/1',
    number,
    created: new Date().toISOString(),
    farm: request.farm,
    platform: request.platform,
    ...(request.release === undefined ? {} : { release: request.release }),
    asked: request.packages
      .filter(({ asked }) => asked)
      .map(({ storeName }) => storeName)
      .sort(),
    packages: request.packages.map(({ storeName }) => storeName).sort(),
  };
  const temporary = join(layout.generations, `.${number}.${process.pid}.tmp`);
  const plan = planView(request.packages);
  try {
    await writeGeneration(temporary, { layout, plan, generation });
    await rename(temporary, join(layout.generations, String(number)));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {}); // what went wrong is told by the first error
    throw error;
  }
  await syncFolder(layout.generations);
  return { generation, conflicts: plan.conflicts };
}

async function writeGeneration(
  folder: string,
  {
    layout,
    plan,
    generation,
  }: { readonly layout: AreaLayout; readonly plan: ViewPlan; readonly generation: Generation },
): Promise<void> {
  const sharing = await readSharing(layout.root);
  await rm(folder, { recursive: true, force: true });
  await makeSharedFolder(folder, sharing);
  await writeView(join(folder, 'view'), plan, { store: layout.store, sharing });
  const scripts = formatSetupScripts(join(layout.current, 'view'), layout.root);
  for (const { file, text } of [...scripts, { file: 'generation.json', text: formatReadableJson(generation) }])
    await writeSynced(join(folder, file), text, sharing);
  await writeSynced(join(folder, pendingName), '', sharing);
}

/** Writes a file that must be whole after a power failure; its name is there when that of its folder is. */
async function writeSynced(path: string, text: string, sharing: AreaSharing | undefined): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await shareFile(path, sharing);
}

/** Makes a generation the active one, by one rename; whoever reads meanwhile sees the old one or the new one. */
export async function switchGeneration(layout: AreaLayout, number: number): Promise<void> {
  // the scripts first, so that an area with an active generation always has them
  for (const file of ['setup.sh', 'setup.csh', 'setup.fish'])
    await linkOnce(join('current', file), join(layout.root, file));
  await linkOnce(join('generations', String(number)), layout.current);
  await syncFolder(layout.root);
  await rm(pendingPath(layout, number), { force: true });
}

/** The active generation's number, undefined before the first. */
export async function readActiveGeneration(layout: AreaLayout): Promise<number | undefined> {
  const target = await readlink(layout.current).catch(() => undefined);
  const number = Number(target?.split('/').at(-1));
  return Number.isInteger(number) && number > 0 ? number : undefined;
}

/** Reads a generation.
 * @throws AREA_INVALID when it is not there or damaged, AREA_TOO_NEW */
export async function readGeneration(layout: AreaLayout, number: number): Promise<Generation> {
  const path = join(layout.generations, String(number), 'generation.json');
  try {
    const value = parseJsonWithin((await readRegularFile(path, 16 << 20)).toString('utf8'), 1_000_000);
    refuseNewer(value, 'binfarm.generation/1', path);
    return v.parse(generationSchema, value);
  } catch (cause) {
    if (isFarmError(cause, 'AREA_TOO_NEW')) throw cause;
    throw new FarmError(
      'AREA_INVALID',
      `Cannot read generation ${number} of "${layout.root}": it is missing or damaged`,
      { cause },
    );
  }
}

/** The numbers of the generations that are, or were, in use, ascending. */
export async function listGenerationNumbers(layout: AreaLayout): Promise<number[]> {
  const active = await readActiveGeneration(layout);
  const folders = await listGenerationFolders(layout);
  return folders.filter(({ number, isPending }) => !isPending || number === active).map(({ number }) => number);
}

/** A generation as it lies in an area. */
export interface GenerationFolder {
  readonly number: number;
  readonly folder: string;
  /** Made, but not switched to; or just being switched to. */
  readonly isPending: boolean;
}

/** The generations that lie in an area, pending ones too, by their numbers. */
export async function listGenerationFolders(layout: AreaLayout): Promise<GenerationFolder[]> {
  const names = await readdir(layout.generations).catch(() => []);
  const numbers = names
    .filter((name) => /^[1-9]\d{0,8}$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
  return await mapLimit(numbers, 16, async (number) => ({
    number,
    folder: join(layout.generations, String(number)),
    isPending: await isThere(pendingPath(layout, number)),
  }));
}

/** The file that marks a generation as pending. */
export function pendingPath(layout: AreaLayout, number: number): string {
  return join(layout.generations, String(number), pendingName);
}

const pendingName = '.pending';

/** Writes a view's folders and links. The links are absolute: a program that takes `..` off a path by itself, as Python does, would be led astray by relative ones. */
async function writeView(
  folder: string,
  plan: ViewPlan,
  { store, sharing }: { readonly store: string; readonly sharing: AreaSharing | undefined },
): Promise<void> {
  await makeSharedFolder(folder, sharing);
  for (const path of plan.folders) await makeSharedFolder(join(folder, path), sharing);
  await mapLimit(plan.links, 16, async ({ path, storeName }) => {
    await symlink(join(store, storeName, path), join(folder, path));
  });
}

async function makeSharedFolder(path: string, sharing: AreaSharing | undefined): Promise<void> {
  await mkdir(path);
  await shareFolder(path, sharing);
}

async function linkOnce(target: string, path: string): Promise<void> {
  if ((await readlink(path).catch(() => undefined)) === target) return;
  const temporary = `${path}.${process.pid}.tmp`;
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  await rename(temporary, path);
}
