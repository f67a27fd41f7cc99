import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAreaIndex } from '../../area/area-index.ts';
import { listGenerationNumbers, readActiveGeneration, readGeneration } from '../../area/generation.ts';
import { removeFolder } from '../../core/remove-folder.ts';
import { sizeOfFolder } from '../../core/size-of-folder.ts';
import { syncFolder } from '../../core/write-file-atomic.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { changeArea, type OpenArea } from './with-area.ts';

/** What a cleaning of an area may take. */
export interface GarbageRequest {
  readonly prefix: string;
  /** How many generations before the active one stay, for rollbacks. */
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
  /** Packages that stay, each with the generations that use it. */
  readonly kept: readonly { readonly storeName: string; readonly usedBy: readonly number[] }[];
}

/** Removes generations that are old and packages that no kept generation uses, and what killed processes have left; what is in use stays.
 * Everything is first moved to a trash folder by a rename, so that an interrupted run leaves nothing half there. */
export async function collectGarbage(request: GarbageRequest, context: AppContext): Promise<GarbageResult> {
  return await changeArea({ ...request, command: 'binfarm gc' }, context, async (area) => {
    const { layout, index } = area;
    const { kept, dropped } = await sortGenerations(area, request.keep);
    const users = new Map<string, number[]>();
    for (const number of kept) {
      for (const item of (await readGeneration(layout, number)).packages)
        users.set(item, [...(users.get(item) ?? []), number]);
    }
    const stored = await readdir(layout.store);
    const garbage = stored.filter((item) => !users.has(item));
    const trash = join(layout.root, '.trash');
    const leftovers = (await readdir(layout.generations)).filter((name) => name.startsWith('.'));
    const paths = [
      ...garbage.map((name) => ({ name, path: join(layout.store, name) })),
      ...dropped.map((number) => ({ name: `generation ${number}`, path: join(layout.generations, String(number)) })),
      ...leftovers.map((name) => ({ name, path: join(layout.generations, name) })),
      ...(await readdir(trash).catch(() => [])).map((name) => ({ name: 'trash', path: join(trash, name) })),
    ];
    const removed = [];
    for (const { name, path } of paths) removed.push({ name, bytes: await sizeOfFolder(path) });
    if (!request.dryRun) {
      const packages = Object.fromEntries(
        Object.entries(index.packages).filter(([storeName]) => !garbage.includes(storeName)),
      );
      await writeAreaIndex(layout, { ...index, packages });
      await throwAway(
        paths.map(({ path }) => path),
        trash,
      );
    }
    return {
      area: layout.root,
      generations: dropped,
      removed,
      bytes: removed.reduce((sum, { bytes }) => sum + bytes, 0),
      kept: [...users].map(([storeName, usedBy]) => ({ storeName, usedBy })),
    };
  });
}

/** The generations that stay: the active one and the newest others, as many as are asked for. */
async function sortGenerations({ layout }: OpenArea, keep: number): Promise<{ kept: number[]; dropped: number[] }> {
  const active = await readActiveGeneration(layout);
  const others = (await listGenerationNumbers(layout)).filter((number) => number !== active);
  const kept = [...(active === undefined ? [] : [active]), ...others.slice(Math.max(0, others.length - keep))];
  return { kept, dropped: others.filter((number) => !kept.includes(number)) };
}

async function throwAway(paths: readonly string[], trash: string): Promise<void> {
  if (paths.length === 0) return;
  await mkdir(trash, { recursive: true });
  const moved: string[] = [];
  for (const path of paths) {
    const place = join(trash, randomBytes(8).toString('hex'));
    await rename(path, place);
    moved.push(place);
  }
  await syncFolder(trash);
  for (const place of moved) await removeFolder(place);
  await removeFolder(trash);
}
