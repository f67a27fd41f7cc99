import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFolder } from './remove-folder.ts';

/** Removes from a folder what killed processes had begun to write there: entries whose names end in `.tmp`, or as `names` says where others keep files too.
 * Only for whoever holds the folder's lock, since the same names belong to a process that is still writing. A missing folder is fine. */
export async function removeLeftovers(folder: string, names: RegExp = /\.tmp$/): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (names.test(name)) await removeFolder(join(folder, name));
  }
}
