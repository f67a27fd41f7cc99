import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AreaLayout } from './area-layout.ts';
import { listGenerationFolders, pendingPath, readActiveGeneration } from './generation.ts';
import { throwAway } from './throw-away.ts';

const ownNames = /^(current|area\.json|setup\.(sh|csh|fish))\.[0-9a-f]+\.tmp$/;

/** Finds what killed processes have left in an area: what was half-written, and generations that were made but never came into use. Another process may still be at work on it
 * unless the area's lock is held. */
export async function findAreaLeftovers(layout: AreaLayout): Promise<string[]> {
  const { root, store, generations, keys } = layout;
  return [
    ...(await namesIn(root, ownNames)),
    ...(await namesIn(store, /^\..*\.tmp$/)),
    ...(await namesIn(generations, /^\..*\.tmp$/)),
    ...(await namesIn(keys, /\.tmp$/)),
    ...(await pendingGenerations(layout)),
  ];
}

/** Takes away what killed processes have left in an area; only for whoever holds its lock. */
export async function removeAreaLeftovers(layout: AreaLayout): Promise<void> {
  const active = await readActiveGeneration(layout);
  if (active !== undefined) await rm(pendingPath(layout, active), { force: true }); // the switch was made, only its mark is left
  await throwAway(layout, await findAreaLeftovers(layout));
}

async function namesIn(folder: string, names: RegExp): Promise<string[]> {
  const all = await readdir(folder).catch(() => []);
  return all.filter((name) => names.test(name)).map((name) => join(folder, name));
}

/** The generations that wait for a switch which will not come. */
async function pendingGenerations(layout: AreaLayout): Promise<string[]> {
  const active = await readActiveGeneration(layout);
  const folders = await listGenerationFolders(layout);
  return folders.filter(({ number, isPending }) => isPending && number !== active).map(({ folder }) => folder);
}
