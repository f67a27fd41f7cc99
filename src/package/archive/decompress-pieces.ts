import { constants as zlibConstants, zstdDecompressSync } from 'node:zlib';
import { openNativeDecoder } from './frame-decoder.ts';
import { damaged } from './zstd-frame.ts';

const pieceSize = 1 << 20;

/** Decompresses one frame, of whatever form, piece by piece, so that its content, which may be large, is never held; `take` keeps no piece. A frame that ends early gives what there is.
 * @throws PACKAGE_DAMAGED when it has more than `most` bytes of content, or something follows it */
export function decompressPieces(frame: Buffer, most: number, take: (piece: Buffer) => void): void {
  const opened = openNativeDecoder();
  if (opened === undefined) {
    take(zstdDecompressSync(frame, { maxOutputLength: most }));
    return;
  }
  const { native, rest } = opened;
  let failed = false;
  native.onerror = () => {
    failed = true;
  };
  const output = Buffer.allocUnsafeSlow(pieceSize);
  let left = frame.length;
  let size = 0;
  for (let count = pieceSize; count === pieceSize; ) {
    native.writeSync(zlibConstants.ZSTD_e_end, frame, frame.length - left, left, output, 0, pieceSize);
    if (failed) throw damaged('a compressed part cannot be decompressed');
    count = pieceSize - rest[0]!;
    left = rest[1]!;
    size += count;
    if (size > most) throw damaged('a compressed part has more in it than it may');
    take(output.subarray(0, count));
  }
  if (left > 0) throw damaged('something follows a compressed part');
}
