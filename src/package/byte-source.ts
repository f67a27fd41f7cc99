import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { FarmError } from '../core/farm-error.ts';
import { translateFileError } from '../core/translate-file-error.ts';

/** Bytes that can be read at any place: a file that may be too large to hold. */
export interface ByteSource {
  readonly size: number;
  /** The bytes from an offset on; fewer than `length` only at the end. The result belongs to the caller. */
  readonly read: (offset: number, length: number) => Buffer;
}

/** A file that is open for reading. */
export interface FileSource extends ByteSource {
  readonly close: () => void;
}

/** Bytes to be put in the place of as many others. */
export interface BytePatch {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** Opens a file for reading at any place.
 * @throws PERMISSION_DENIED */
export function openFileSource(path: string): FileSource {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    throw translateFileError(error, 'read', path);
  }
  const size = fstatSync(descriptor).size;
  const read = (offset: number, length: number): Buffer => {
    const wanted = Math.max(0, Math.min(length, size - offset));
    const bytes = Buffer.allocUnsafe(wanted);
    for (let done = 0; done < wanted; ) {
      const count = readSync(descriptor, bytes, done, wanted - done, offset + done);
      if (count === 0) throw new FarmError('PACKAGE_REJECTED', `Cannot pack "${path}": it shrank while it was read`);
      done += count;
    }
    return bytes;
  };
  return { size, read, close: () => closeSync(descriptor) };
}

/** Bytes in memory as a source. */
export function bufferSource(bytes: Buffer): ByteSource {
  return { size: bytes.length, read: (offset, length) => Buffer.from(bytes.subarray(offset, offset + length)) };
}

/** A source with some bytes replaced. */
export function patchSource(source: ByteSource, patches: readonly BytePatch[]): ByteSource {
  if (patches.length === 0) return source;
  const read = (offset: number, length: number): Buffer => {
    const bytes = source.read(offset, length);
    for (const patch of patches) {
      const from = Math.max(offset, patch.offset);
      const to = Math.min(offset + bytes.length, patch.offset + patch.bytes.length);
      if (from < to) patch.bytes.copy(bytes, from - offset, from - patch.offset, to - patch.offset);
    }
    return bytes;
  };
  return { size: source.size, read };
}
