import { crc32 } from 'node:zlib';
import { FarmError } from '../../core/farm-error.ts';

/** The parts of an index file, in their order; docs/formats/index.md describes each. */
export const sectionNames = [
  'source',
  'text',
  'textOffsets',
  'names',
  'packages',
  'records',
  'specs',
  'specWords',
  'places',
  'virtuals',
  'search',
  'unread',
] as const;

/** The name of a part. */
export type SectionName = (typeof sectionNames)[number];

/** The parts of an index as bytes; those of numbers hold 32-bit words in the machine's byte order. */
export type IndexSections = Readonly<Record<SectionName, Uint8Array>>;

const magic = 'binfarm index 1\n';
const byteOrderMark = 0x01020304;
const markAt = magic.length;
const checksumAt = markAt + 4;
const tableAt = checksumAt + 4;
const headerBytes = tableAt + sectionNames.length * 8;

/** Puts the parts of an index into the bytes of its file. */
export function formatIndexFile(sections: IndexSections): Buffer {
  const starts: number[] = [];
  let size = headerBytes;
  for (const name of sectionNames) {
    starts.push(size);
    size += Math.ceil(sections[name].length / 4) * 4;
  }
  const file = Buffer.alloc(size);
  const header = new Uint32Array(file.buffer, file.byteOffset, headerBytes / 4);
  file.write(magic, 'latin1');
  header[markAt / 4] = byteOrderMark;
  for (const [index, name] of sectionNames.entries()) {
    header[tableAt / 4 + 2 * index] = starts[index]!;
    header[tableAt / 4 + 2 * index + 1] = sections[name].length;
    file.set(sections[name], starts[index]!);
  }
  header[checksumAt / 4] = crc32(file.subarray(tableAt));
  return file;
}

/** Finds the parts of an index in the bytes of its file; nothing is copied.
 * @throws INDEX_INVALID when it is no index, of another kind of machine, cut off or changed */
export function parseIndexFile(bytes: Uint8Array, path: string): IndexSections {
  const file = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes);
  const isIndex = Buffer.from(file.subarray(0, magic.length)).toString('latin1') === magic;
  if (!isIndex || file.length < headerBytes) throw indexInvalid(path, 'it is no index, or one of another version');
  const header = new Uint32Array(file.buffer, file.byteOffset, headerBytes / 4);
  if (header[markAt / 4] !== byteOrderMark) throw indexInvalid(path, 'it was written on another kind of machine');
  if (header[checksumAt / 4] !== crc32(file.subarray(tableAt))) throw indexInvalid(path, 'its checksum is wrong');
  const parts = sectionNames.map((name, index) => {
    const start = header[tableAt / 4 + 2 * index]!;
    const length = header[tableAt / 4 + 2 * index + 1]!;
    if (start % 4 !== 0 || start + length > file.length) throw indexInvalid(path, `its part "${name}" is not in it`);
    return [name, file.subarray(start, start + length)] as const;
  });
  return Object.fromEntries(parts) as unknown as IndexSections;
}

/** The error of an index file that cannot be used. */
export function indexInvalid(path: string, state: string): FarmError {
  return new FarmError('INDEX_INVALID', `Cannot use recipe index "${path}": ${state}`, {
    hint: 'Import the recipes again: binfarm recipe import spack DIRECTORY',
  });
}

/** The 32-bit words of a part. */
export function wordsOf(section: Uint8Array): Uint32Array {
  return new Uint32Array(section.buffer, section.byteOffset, Math.floor(section.length / 4));
}

/** The bytes of 32-bit words. */
export function bytesOf(words: Uint32Array | readonly number[]): Uint8Array {
  const array = words instanceof Uint32Array ? words : Uint32Array.from(words);
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
