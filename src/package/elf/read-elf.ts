import type { ByteSource } from '../byte-source.ts';
import { type ElfNumbers, elfNumbersOf } from './elf-numbers.ts';

/** A segment: what the loader maps. */
export interface ElfSegment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  /** Bytes in the file. */
  readonly size: number;
}

/** A section: what the linker and debugger know. */
export interface ElfSection {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly size: number;
}

/** The frame of an ELF file. */
export interface ElfFile {
  readonly numbers: ElfNumbers;
  /** 1 relocatable, 2 executable, 3 shared. */
  readonly kind: number;
  readonly segments: readonly ElfSegment[];
  /** Empty where the file has none, or they cannot be read. */
  readonly sections: readonly ElfSection[];
}

/** Types of segments and sections, and flags, of which binfarm knows the meaning. */
export const elfConstants = {
  segmentLoad: 1,
  segmentDynamic: 2,
  segmentInterpreter: 3,
  sectionNoBits: 8,
  sectionDynamicSymbols: 11,
  flagCompressed: 0x800,
} as const;

const magic = Buffer.from('\x7fELF', 'latin1');
const mostSections = 1 << 22;

interface Table {
  readonly offset: number;
  readonly entrySize: number;
  readonly count: number;
}

/** Reads the frame of an ELF file, of 32 or 64 bits and either byte order; undefined when it is none, or is too damaged for the loader as well.
 * Any bytes are safe to give. */
export function readElf(source: ByteSource): ElfFile | undefined {
  const head = source.read(0, 64);
  if (head.length < 52 || !head.subarray(0, 4).equals(magic)) return undefined;
  const numbers = elfNumbersOf(head[4]!, head[5]!);
  if (numbers === undefined || (numbers.wide && head.length < 64)) return undefined;
  const { u16, word, wide } = numbers;
  const at = wide
    ? { segments: 32, sections: 40, segmentSize: 54, segmentCount: 56, sectionSize: 58, sectionCount: 60, names: 62 }
    : { segments: 28, sections: 32, segmentSize: 42, segmentCount: 44, sectionSize: 46, sectionCount: 48, names: 50 };
  const segments = readSegments(source, numbers, {
    offset: word(head, at.segments),
    entrySize: u16(head, at.segmentSize),
    count: u16(head, at.segmentCount),
  });
  if (segments === undefined) return undefined;
  const sections = readSections(
    source,
    numbers,
    { offset: word(head, at.sections), entrySize: u16(head, at.sectionSize), count: u16(head, at.sectionCount) },
    u16(head, at.names),
  );
  return { numbers, kind: u16(head, 16), segments, sections };
}

/** The place in the file of an address in memory; undefined when no segment of the file holds it. */
export function fileOffsetOf(elf: ElfFile, address: number): number | undefined {
  for (const segment of elf.segments) {
    const distance = address - segment.address;
    if (segment.type === elfConstants.segmentLoad && distance >= 0 && distance < segment.size)
      return segment.offset + distance;
  }
  return undefined;
}

function readTable(source: ByteSource, table: Table, smallest: number): Buffer | undefined {
  const size = table.entrySize * table.count;
  if (table.entrySize < smallest || table.offset + size > source.size) return undefined;
  return source.read(table.offset, size);
}

function readSegments(source: ByteSource, numbers: ElfNumbers, table: Table): ElfSegment[] | undefined {
  if (table.count === 0) return [];
  const bytes = readTable(source, table, numbers.wide ? 56 : 32);
  if (bytes === undefined) return undefined;
  const { u32, word, wide } = numbers;
  return Array.from({ length: table.count }, (_, index) => {
    const start = index * table.entrySize;
    return {
      type: u32(bytes, start),
      offset: word(bytes, start + (wide ? 8 : 4)),
      address: word(bytes, start + (wide ? 16 : 8)),
      size: word(bytes, start + (wide ? 32 : 16)),
    };
  });
}

function readSections(source: ByteSource, numbers: ElfNumbers, stated: Table, statedNames: number): ElfSection[] {
  const { u32, word, wide } = numbers;
  if (stated.offset === 0) return [];
  const first = readTable(source, { ...stated, count: 1 }, wide ? 64 : 40);
  if (first === undefined) return [];
  // Where there are more than 65,279 sections, their number and the index of the names stand in the first one.
  const count = stated.count === 0 ? word(first, wide ? 32 : 20) : stated.count;
  const namesIndex = statedNames === 0xffff ? u32(first, wide ? 40 : 24) : statedNames;
  if (count > mostSections) return [];
  const bytes = readTable(source, { ...stated, count }, wide ? 64 : 40);
  if (bytes === undefined) return [];
  const place = (index: number) => ({
    offset: word(bytes, index * stated.entrySize + (wide ? 24 : 16)),
    size: word(bytes, index * stated.entrySize + (wide ? 32 : 20)),
  });
  const names = namesIndex < count ? readNames(source, place(namesIndex)) : Buffer.alloc(0);
  return Array.from({ length: count }, (_, index) => {
    const start = index * stated.entrySize;
    return {
      name: stringAt(names, u32(bytes, start)) ?? '',
      type: u32(bytes, start + 4),
      flags: word(bytes, start + 8),
      ...place(index),
    };
  });
}

function readNames(source: ByteSource, place: { readonly offset: number; readonly size: number }): Buffer {
  return place.offset + place.size <= source.size ? source.read(place.offset, place.size) : Buffer.alloc(0);
}

/** The text in a string table that begins at an offset; undefined when it does not end in the table. */
export function stringAt(table: Buffer, offset: number): string | undefined {
  if (offset >= table.length) return undefined;
  const end = table.indexOf(0, offset);
  return end < 0 ? undefined : table.toString('utf8', offset, end);
}
