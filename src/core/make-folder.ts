import { mkdir } from 'node:fs/promises';
import { translateFileError } from './translate-file-error.ts';

/** Makes a folder with all above it; one that is there is fine.
 * @throws PERMISSION_DENIED, DISK_FULL */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw translateFileError(error, 'make', path);
  }
}
