import { createReadStream } from 'node:fs';
import { FarmError } from '../../core/farm-error.ts';
import { translateFileError } from '../../core/translate-file-error.ts';

/** The bytes of a blob: a file, or a way to fetch them, which may be used more than once. */
export type BlobSource = string | (() => AsyncIterable<Uint8Array>);

/** Reads a blob from its beginning.
 * @throws PACKAGE_NOT_FOUND when there is no such file; PERMISSION_DENIED */
export async function* openBlob(blob: BlobSource): AsyncGenerator<Buffer> {
  if (typeof blob !== 'string') {
    for await (const bytes of blob()) yield Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return;
  }
  try {
    for await (const bytes of createReadStream(blob, { highWaterMark: 1 << 18 })) yield bytes as Buffer;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new FarmError('PACKAGE_NOT_FOUND', `Cannot read the layer "${blob}": there is no such file`, {
        cause: error,
      });
    }
    throw translateFileError(error, 'read', blob);
  }
}
