import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAreaIndex } from '../../area/area-index.ts';
import { findPrograms, type RunningProgram } from '../../area/find-programs.ts';
import { listGenerationNumbers, readActiveGeneration, readGeneration } from '../../area/generation.ts';
import { findAreaLeftovers } from '../../area/remove-area-leftovers.ts';
import { emptyTrash, throwAway } from '../../area/throw-away.ts';
import { isFarmError } from '../../core/farm-error.ts';
import { sizeOfFolder } from '../../core/size-of-folder.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { changeArea, type OpenArea } from './with-area.ts';

/** What a cleaning of an area may take. */
export interface GarbageRequest {
  readonly prefix: string;
  /** How many generations beside the active one stay, for rollbacks. */
  readonly keep: number;
  readonly wait: boolean;
  readonly dryRun: boolean;
}

/** What was removed, or would be, and what holds the rest. */
export interface GarbageResult {
  readonly area: string;
  readonly generations: readonly number[];
  /** Packages that no kept generation uses, and what else was left over. */
  readonly removed: readonly { readonly name: string; readonly bytes: number }[];
  readonly bytes: number;
  /** Packages that stay, each with what uses it. */
  readonly kept: readonly KeptPackage[];
}

/** A package that stays, and its users: generations, and programs that run with it, or with one that needs it, at the moment. */
export interface KeptPackage {
  readonly storeName: string;
  readonly usedBy: readonly number[];
  readonly programs: readonly RunningProgram[];
}

interface Garbage {
  readonly name: string;
  readonly path: string;
}

/** Removes generations that are old and packages that neither a kept generation nor a running program uses, and what killed processes have left; what is in use stays.
 * Everything goes by a rename, generations before what they use, so that an interrupted run leaves nothing half there; and nothing needs space first, so that a full disk can be cleaned.
 * @throws AREA_INVALID; LOCKED, PERMISSION_DENIED */
export async function collectGarbage(request: GarbageRequest, context: AppContext): Promise<GarbageResult> {
  const result = await changeArea({ ...request, command: 'binfarm gc' }, context, async (area) => {
    const { layout } = area;
    const { kept, dropped } = await sortGenerations(area, request.keep);
    const users = await findUsers(area, kept);
    const stored = (await readdir(layout.store).catch(() => [])).filter((name) => !name.startsWith('.'));
    const packages = stored.filter((item) => !users.has(item));
    const garbage: readonly Garbage[] = [
      ...dropped.map((number) => ({ name: `generation ${number}`, path: join(layout.generations, String(number)) })),
      ...packages.map((name) => ({ name, path: join(layout.store, name) })),
    ];
    const removed = [...(await measure(garbage)), ...(await measureLeftovers(area))];
    if (!request.dryRun) await remove(area, garbage, packages);
    return {
      area: layout.root,
      generations: dropped,
      removed,
      bytes: removed.reduce((sum, { bytes }) => sum + bytes, 0),
      kept: stored.flatMap((storeName) => users.get(storeName) ?? []),
      layout,
    };
  });
  const { layout, ...told } = result;
  const problem = request.dryRun ? undefined : await emptyTrash(layout);
  if (problem !== undefined) throw translateFileError(problem, 'delete what is in', layout.trash);
  return told;
}

/** The generations that stay: the active one and the newest others, as many as are asked for. */
async function sortGenerations({ layout }: OpenArea, keep: number): Promise<{ kept: number[]; dropped: number[] }> {
  const active = await readActiveGeneration(layout);
  const others = (await listGenerationNumbers(layout)).filter((number) => number !== active);
  const kept = [...(active === undefined ? [] : [active]), ...others.slice(Math.max(0, others.length - keep))];
  return { kept, dropped: others.filter((number) => !kept.includes(number)) };
}

/** Every package that is used, by its store name: a program that runs with one may yet load what that one needs. */
async function findUsers({ layout, index }: OpenArea, kept: readonly number[]): Promise<Map<string, KeptPackage>> {
  const users = new Map<string, { storeName: string; usedBy: number[]; programs: RunningProgram[] }>();
  const usersOf = (storeName: string) => {
    const known = users.get(storeName) ?? { storeName, usedBy: [], programs: [] };
    users.set(storeName, known);
    return known;
  };
  for (const number of kept)
    for (const item of (await readGeneration(layout, number)).packages) usersOf(item).usedBy.push(number);
  for (const [storeName, programs] of await findPrograms(layout)) {
    for (const item of [storeName, ...(index.packages[storeName]?.needs ?? [])]) {
      const known = usersOf(item).programs;
      known.push(...programs.filter(({ pid }) => known.every((one) => one.pid !== pid)));
    }
  }
  return users;
}

async function measure(garbage: readonly Garbage[]): Promise<GarbageResult['removed']> {
  const removed = [];
  for (const { name, path } of garbage) removed.push({ name, bytes: await sizeOfFolder(path) });
  return removed;
}

/** What an interrupted run has left: it is out of use already, only its space is not back. */
async function measureLeftovers({ layout }: OpenArea): Promise<GarbageResult['removed']> {
  const names = await readdir(layout.trash).catch(() => []);
  const paths = [...names.map((name) => join(layout.trash, name)), ...(await findAreaLeftovers(layout))];
  return await measure(paths.map((path) => ({ name: 'leftover', path })));
}

async function remove({ layout, index }: OpenArea, garbage: readonly Garbage[], packages: readonly string[]) {
  await throwAway(
    layout,
    garbage.map(({ path }) => path),
  );
  const left = Object.entries(index.packages).filter(([storeName]) => !packages.includes(storeName));
  const remembered = { ...index, packages: Object.fromEntries(left) };
  try {
    if (packages.length > 0) await writeAreaIndex(layout, remembered);
  } catch (error) {
    if (!isFarmError(error, 'DISK_FULL')) throw error;
    await emptyTrash(layout);
    await writeAreaIndex(layout, remembered);
  }
}
