import { mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { FarmError } from '../core/farm-error.ts';
import { formatReadableJson } from '../core/json.ts';
import { mapLimit } from '../core/map-limit.ts';
import { syncFolder } from '../core/write-file-atomic.ts';
import type { AreaLayout } from './area-layout.ts';
import { planView, type ViewConflict, type ViewPackage, type ViewPlan } from './plan-view.ts';
import { formatSetupScripts } from './setup-scripts.ts';

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

/** Makes a generation beside those that are there; the active one stays as it is until `switchGeneration`. */
export async function createGeneration(
  layout: AreaLayout,
  request: GenerationRequest,
): Promise<{ generation: Generation; conflicts: readonly ViewConflict[] }> {
  const number = Math.max(0, ...(await listGenerationNumbers(layout))) + 1;
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
  const folder = join(layout.generations, String(number));
  const temporary = join(layout.generations, `.${number}.${process.pid}.tmp`);
  await rm(temporary, { recursive: true, force: true });
  const plan = planView(request.packages);
  await writeView(join(temporary, 'view'), plan, layout.store);
  const view = join(layout.current, 'view');
  for (const { file, text } of formatSetupScripts(view, layout.root)) await writeFile(join(temporary, file), text);
  await writeFile(join(temporary, 'generation.json'), formatReadableJson(generation));
  await rename(temporary, folder);
  await syncFolder(layout.generations);
  return { generation, conflicts: plan.conflicts };
}

/** Makes a generation the active one, by one rename; whoever reads meanwhile sees the old one or the new one. */
export async function switchGeneration(layout: AreaLayout, number: number): Promise<void> {
  // the scripts first, so that an area with an active generation always has them
  for (const file of ['setup.sh', 'setup.csh', 'setup.fish'])
    await linkOnce(join('current', file), join(layout.root, file));
  await linkOnce(join('generations', String(number)), layout.current);
  await syncFolder(layout.root);
}

/** The active generation's number, undefined before the first. */
export async function readActiveGeneration(layout: AreaLayout): Promise<number | undefined> {
  const target = await readlink(layout.current).catch(() => undefined);
  const number = Number(target?.split('/').at(-1));
  return Number.isInteger(number) && number > 0 ? number : undefined;
}

/** Reads a generation.
 * @throws AREA_INVALID when it is not there or damaged */
export async function readGeneration(layout: AreaLayout, number: number): Promise<Generation> {
  const path = join(layout.generations, String(number), 'generation.json');
  try {
    return v.parse(generationSchema, JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new FarmError(
      'AREA_INVALID',
      `Cannot read generation ${number} of "${layout.root}": it is missing or damaged`,
      { cause },
    );
  }
}

/** The numbers of the generations that are there, ascending. */
export async function listGenerationNumbers(layout: AreaLayout): Promise<number[]> {
  const names = await readdir(layout.generations).catch(() => []);
  return names
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** Writes a view's folders and links. The links are absolute: a program that takes `..` off a path by itself, as Python does, would be led astray by relative ones. */
async function writeView(folder: string, plan: ViewPlan, store: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const path of plan.folders) await mkdir(join(folder, path));
  await mapLimit(plan.links, 16, async ({ path, storeName }) => {
    await symlink(join(store, storeName, path), join(folder, path));
  });
}

async function linkOnce(target: string, path: string): Promise<void> {
  if ((await readlink(path).catch(() => undefined)) === target) return;
  const temporary = `${path}.${process.pid}.tmp`;
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  await rename(temporary, path);
}
