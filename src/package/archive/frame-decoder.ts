import { createZstdDecompress, constants as zlibConstants } from 'node:zlib';
import { damaged, decompressFrame } from './zstd-frame.ts';

/** Decompresses exactly one frame whose content has a known size. The content is valid until the next frame is decompressed.
 * @throws PACKAGE_DAMAGED */
export type FrameDecoder = (frame: Buffer, size: number) => Buffer;

/** What Node's decoder is behind its stream; see decision 0009 for why it is used, and what happens where it is not there. */
export interface NativeDecoder {
  onerror: (message: string, code: number) => void;
  readonly writeSync: (
    flush: number,
    input: Buffer,
    inputOffset: number,
    inputLength: number,
    output: Buffer,
    outputOffset: number,
    outputLength: number,
  ) => void;
}

/** Makes a decoder for many small frames, of at most `most` bytes of content each, one after the other: with one native decoder and one buffer for all,
 * where `zstdDecompressSync` makes both anew for each frame, which takes fourteen times as long. */
export function createFrameDecoder(most: number): FrameDecoder {
  const opened = openNativeDecoder();
  if (opened === undefined) return decompressFrame;
  const { native, rest } = opened;
  let failed = false;
  native.onerror = () => {
    failed = true;
  };
  const output = Buffer.allocUnsafeSlow(most);
  return (frame, size) => {
    native.writeSync(zlibConstants.ZSTD_e_end, frame, 0, frame.length, output, 0, size);
    if (failed) throw damaged('a compressed part cannot be decompressed');
    if (rest[0] !== 0 || rest[1] !== 0) throw damaged('a compressed part has not the size that it states');
    return output.subarray(0, size);
  };
}

/** Opens a native decoder; `rest` has, after a write, the room that is left and the input that is left. Undefined where Node has none of that form. */
export function openNativeDecoder(): { readonly native: NativeDecoder; readonly rest: Uint32Array } | undefined {
  const stream = createZstdDecompress() as unknown as { _handle?: NativeDecoder; _writeState?: Uint32Array };
  const { _handle: native, _writeState: rest } = stream;
  return typeof native?.writeSync === 'function' && rest?.length === 2 ? { native, rest } : undefined;
}
