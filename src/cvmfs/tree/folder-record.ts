import type { PackedContent } from '../catalog/node.ts';
import type { ByteText } from '../format/byte-text.ts';

/** What was seen of a file when its content was stored: if all of it still holds, the content does, too. */
export interface FileState {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
}

const numbers = 4 * 8;

/** Collects what was seen in a folder. */
export interface FolderRecordWriter {
  readonly add: (name: ByteText, state: FileState, content: PackedContent) => void;
  readonly bytes: () => Buffer;
}

/** Starts a record: for each file its name, state and content. */
export function createFolderRecord(): FolderRecordWriter {
  const pieces: Uint8Array[] = [];
  return {
    add: (name, { size, mtimeMs, ctimeMs, ino }, content) => {
      const head = Buffer.allocUnsafe(8 + name.length + numbers);
      head.writeUInt32LE(name.length, 0);
      head.writeUInt32LE(content.length, 4);
      head.write(name, 8, 'latin1');
      for (const [index, value] of [size, mtimeMs, ctimeMs, ino].entries())
        head.writeDoubleLE(value, 8 + name.length + index * 8);
      pieces.push(head, content);
    },
    bytes: () => Buffer.concat(pieces),
  };
}

/** Reads a record: the content of a file of which everything still is as it was. */
export function readFolderRecord(record: Uint8Array): (name: ByteText, state: FileState) => PackedContent | undefined {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.length);
  const places = new Map<string, number>();
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    places.set(bytes.toString('latin1', at + 8, at + 8 + length), at);
    at += 8 + length + numbers + bytes.readUInt32LE(at + 4);
  }
  return (name, { size, mtimeMs, ctimeMs, ino }) => {
    const at = places.get(name);
    if (at === undefined) return undefined;
    const from = at + 8 + name.length;
    const isSame = [size, mtimeMs, ctimeMs, ino].every(
      (value, index) => bytes.readDoubleLE(from + index * 8) === value,
    );
    return isSame
      ? Buffer.from(bytes.subarray(from + numbers, from + numbers + bytes.readUInt32LE(at + 4)))
      : undefined;
  };
}

/** The state of a file for records. What was changed at the very moment of looking may be changed again without a trace, so it gets a state that never holds. */
export function fileStateOf({ size, mtimeMs, ctimeMs, ino }: FileState, lookedAt: number): FileState {
  return { size, mtimeMs, ctimeMs: isFresh(ctimeMs, lookedAt) ? Number.NaN : ctimeMs, ino };
}

/** Clocks of file systems tick in some milliseconds. */
const tick = 50;

/** True for a time that is so close to the moment of looking that a later change could have the same. */
export function isFresh(ctimeMs: number, lookedAt: number): boolean {
  return ctimeMs > lookedAt - tick;
}
