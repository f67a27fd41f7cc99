import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { translateFileError } from './translate-file-error.ts';

/** Makes a folder with all above it; one that is there is fine.
 * @throws PERMISSION_DENIED, DISK_FULL */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw translateFileError(await findCause(error, path), 'make', path);
  }
}

/** Node says ENOENT when it makes folders on a read-only file system recursively; making the first one alone says what is wrong. */
async function findCause(error: unknown, path: string): Promise<unknown> {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return error;
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) {
    try {
      await mkdir(folder);
      return error;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') return cause;
    }
  }
  return error;
}
