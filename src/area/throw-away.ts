import { randomBytes } from 'node:crypto';
import { lstat, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { FarmError, isFarmError } from '../core/farm-error.ts';
import { removeFolder } from '../core/remove-folder.ts';
import { syncFolder } from '../core/write-file-atomic.ts';
import type { AreaLayout } from './area-layout.ts';
import { makeAreaFolder, readSharing } from './share-area.ts';

/** Takes files and folders out of an area, in their order, each by one rename to its trash; `emptyTrash` gives the space back, and needs no lock for it.
 * Where a disk is so full that no trash can be made, they are deleted at once. */
export async function throwAway(layout: AreaLayout, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  const hasTrash = await makeTrash(layout);
  for (const path of paths) {
    const isMoved = hasTrash && (await moveTo(join(layout.trash, randomBytes(8).toString('hex')), path));
    if (!isMoved) await removeFolder(path);
  }
  if (hasTrash) await syncFolder(layout.trash);
}

/** Deletes what is in an area's trash; several may do so at once. What cannot be deleted, as a file on NFS that a program still has open, stays for the next time.
 * @returns what stands in the way, where that is worth telling */
export async function emptyTrash({ trash }: AreaLayout): Promise<unknown> {
  if (!(await isFolder(trash))) return undefined;
  let problem: unknown;
  for (const name of await readdir(trash).catch(() => [])) problem ??= await tryToRemove(join(trash, name));
  return problem;
}

const mostTries = 5;

async function tryToRemove(path: string): Promise<unknown> {
  for (let tries = 1; ; tries += 1) {
    try {
      await removeFolder(path);
      return undefined;
    } catch (error) {
      const isPassing = ['ENOENT', 'ENOTEMPTY', 'EBUSY'].includes((error as NodeJS.ErrnoException).code ?? '');
      if (!isPassing) return error;
      if (tries === mostTries) return undefined; // somebody else is deleting the same, or still uses it
    }
  }
}

async function makeTrash({ root, trash }: AreaLayout): Promise<boolean> {
  try {
    await makeAreaFolder(trash, await readSharing(root));
    if (await isFolder(trash)) return true;
  } catch (error) {
    if (isFarmError(error, 'DISK_FULL')) return false;
    throw error;
  }
  throw new FarmError('AREA_INVALID', `Cannot tidy up "${root}": its trash is no folder`, {
    hint: `Look where "${trash}" leads, and remove it`,
  });
}

/** Whoever may write a shared area could otherwise lay a link there, and have somebody else empty the folder that it leads to. */
async function isFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() ?? false;
}

async function moveTo(place: string, path: string): Promise<boolean> {
  try {
    await rename(path, place);
    return true;
  } catch (error) {
    // of another file system, where a part of the area is mounted
    if (isFull(error) || (error as NodeJS.ErrnoException).code === 'EXDEV') return false;
    throw error;
  }
}

function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
}
