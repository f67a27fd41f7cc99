import { promisify } from 'node:util';
import { constants as zlibConstants, zstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { FarmError } from '../../core/farm-error.ts';

/** The first four bytes of a frame that holds data, little-endian. */
export const dataMagic = 0xfd2fb528;

/** The first four bytes of the skippable frames that hold a package's table of contents, tar-split and footer, little-endian. */
export const skippableMagic = 0x184d2a50;

const smallInput = 1 << 16;

/** As large as any content, at every level: so a frame is one segment, and its head has one form. */
const windowLog = 22;
const compressLater = promisify(zstdCompress);

/** Compresses bytes to one zstd frame that states its content's size. Small inputs are done at once, because handing them to a thread costs more
 * than the work; large ones on a thread, so that several run at a time. */
export function compressFrame(content: Buffer, level: number): Buffer | Promise<Buffer> {
  const options = {
    params: { [zlibConstants.ZSTD_c_compressionLevel]: level, [zlibConstants.ZSTD_c_windowLog]: windowLog },
    // Without it Node's thread leaves the size out of the frame.
    pledgedSrcSize: content.length,
    chunkSize: content.length + (content.length >> 8) + 128,
  };
  return content.length <= smallInput ? zstdCompressSync(content, options) : compressLater(content, options);
}

/** Decompresses exactly one frame whose content has a known size; more than that is never allocated.
 * @throws PACKAGE_DAMAGED */
export function decompressFrame(frame: Buffer, size: number): Buffer {
  let content: Buffer;
  try {
    content = zstdDecompressSync(frame, { chunkSize: Math.max(64, size), maxOutputLength: Math.max(1, size) });
  } catch (error) {
    throw damaged('a compressed part cannot be decompressed', error);
  }
  if (content.length !== size) throw damaged('a compressed part has not the size that it states');
  return content;
}

/** Wraps data in a skippable frame, which zstd decoders pass over. */
export function skippableFrame(data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(skippableMagic, 0);
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data]);
}

/** The error for a package whose bytes are not what its format, its manifest or its digest says. */
export function damaged(state: string, cause?: unknown): FarmError {
  return new FarmError('PACKAGE_DAMAGED', `Cannot read the package: ${state}`, {
    hint: 'Fetch it again, or pack it again where it was built',
    ...(cause === undefined ? {} : { cause }),
  });
}
