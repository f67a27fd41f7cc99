import { randomBytes } from 'node:crypto';
import { constants, copyFile, rename, rm, stat } from 'node:fs/promises';
import { digestOfFile } from '../../core/digest.ts';
import type { Digest } from '../../core/digest-text.ts';
import { FarmError } from '../../core/farm-error.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { cachedPathOf, type SourceCache } from './source-cache.ts';

/** Puts a local file into the cache, for machines that cannot download it.
 * @throws ARGUMENT_INVALID when there is no such file, DISK_FULL, PERMISSION_DENIED */
export async function addSource(
  cache: SourceCache,
  file: string,
): Promise<{ readonly digest: Digest; readonly size: number; readonly path: string }> {
  const info = await stat(file).catch(() => undefined);
  if (!info?.isFile()) {
    const state = info === undefined ? 'there is no such file' : 'it is not a file';
    throw new FarmError('ARGUMENT_INVALID', `Cannot add source "${file}": ${state}`);
  }
  const temporary = `${cache.directory}/sha256/${randomBytes(8).toString('hex')}.tmp`;
  try {
    // The copy is what is hashed: the original may change meanwhile.
    await copyFile(file, temporary, constants.COPYFILE_FICLONE);
    const { digest, size } = await digestOfFile(temporary);
    const path = cachedPathOf(cache, digest);
    await rename(temporary, path);
    return { digest, size, path };
  } catch (error) {
    await rm(temporary, { force: true });
    throw translateFileError(error, 'add source', file);
  }
}
