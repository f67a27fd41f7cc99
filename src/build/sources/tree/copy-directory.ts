import { chmod, constants, copyFile, mkdir, symlink, utimes } from 'node:fs/promises';
import { bytePathOf, bytesOfPath } from './byte-path.ts';
import { listTree } from './list-tree.ts';

/** Every file of a copied folder has this time, 1980-01-01: the digest does not know the original's, so builds must not either. */
export const copiedFileTime = 315_532_800;

/** Copies what counts in a folder that is a source (see `listTree`) into a new one, sharing blocks where the file system can.
 * @throws PATH_UNSAFE; errors of the file system as they are */
export async function copyDirectory(
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<{ entries: number; bytes: number }> {
  const [source, target] = [bytePathOf(from), bytePathOf(to)];
  const entries = await listTree(from);
  let bytes = 0;
  for (const entry of entries) {
    signal?.throwIfAborted();
    const path = bytesOfPath(`${target}/${entry.path}`);
    if (entry.kind === 'directory') await mkdir(path);
    else if (entry.kind === 'symlink') await symlink(bytesOfPath(entry.target), path);
    else {
      bytes += entry.size;
      await copyFile(bytesOfPath(`${source}/${entry.path}`), path, constants.COPYFILE_FICLONE);
      await chmod(path, entry.executable ? 0o755 : 0o644);
      await utimes(path, copiedFileTime, copiedFileTime);
    }
  }
  for (const entry of entries.filter(({ kind }) => kind === 'directory')) {
    const path = bytesOfPath(`${target}/${entry.path}`);
    await chmod(path, 0o755);
    await utimes(path, copiedFileTime, copiedFileTime);
  }
  return { entries: entries.length, bytes };
}
