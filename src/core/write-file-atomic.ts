import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { translateFileError } from './translate-file-error.ts';

/** Writes a whole file so that a reader sees the old content or the new one, never a part, even after a crash.
 * @param prepare is given the path of the file before it is seen under its name, to set its mode for example
 * @throws DISK_FULL, PERMISSION_DENIED */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  prepare?: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await prepare?.(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {}); // as on a file system that is read-only now; the first error is the one to tell
    throw translateFileError(error, 'write', path);
  }
  await syncFolder(dirname(path));
}

/** Makes a rename in a folder survive a power failure; file systems that cannot do it are let pass. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!['EINVAL', 'EISDIR', 'EPERM', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
