import { join } from 'node:path';
import { writeFileAtomic } from '../core/write-file-atomic.ts';
import type { AreaLayout } from './area-layout.ts';
import { makeAreaFolder, readSharing, shareFile } from './share-area.ts';

/** A public key that is to be believed in an area. */
export interface AreaKey {
  readonly id: string;
  /** The content of its file. */
  readonly text: string;
}

/** Has an area believe a key from now on; whole or not at all, since a damaged key would stop every later installation.
 * @throws DISK_FULL, PERMISSION_DENIED */
export async function rememberKey({ root, keys }: AreaLayout, { id, text }: AreaKey): Promise<void> {
  const sharing = await readSharing(root);
  await makeAreaFolder(keys, sharing);
  await writeFileAtomic(join(keys, `${id}.pub`), text, (path) => shareFile(path, sharing));
}
