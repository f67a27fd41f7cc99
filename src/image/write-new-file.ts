import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { translateFileError } from '../core/translate-file-error.ts';
import { syncFolder } from '../core/write-file-atomic.ts';

/** Writes a file that appears under its name only when it is whole and on the disk.
 * @throws DISK_FULL, PERMISSION_DENIED */
export async function writeNewFile<Result>(
  output: string,
  mode: number,
  write: (file: FileHandle) => Promise<Result>,
): Promise<Result> {
  const temporary = `${output}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx+', mode);
    try {
      const result = await write(file);
      await file.chmod(mode);
      await file.sync();
      await rename(temporary, output);
      await syncFolder(dirname(output));
      return result;
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {}); // as on a file system that is read-only now; the first error is the one to tell
    throw translateFileError(error, 'write', output);
  }
}
