import type { ByteSource } from '../byte-source.ts';
import { type ElfFile, elfConstants, fileOffsetOf, stringAt } from './read-elf.ts';

/** Tags of the dynamic section. */
export const dynamicTags = {
  needed: 1,
  strings: 5,
  symbols: 6,
  rela: 7,
  relaSize: 8,
  stringsSize: 10,
  soname: 14,
  rpath: 15,
  rel: 17,
  relSize: 18,
  runpath: 29,
  symbolVersions: 0x6ffffff0,
  versionDefinitions: 0x6ffffffc,
  versionDefinitionCount: 0x6ffffffd,
  versionNeeds: 0x6ffffffe,
  versionNeedCount: 0x6fffffff,
  flags1: 0x6ffffffb,
} as const;

/** Set in DT_FLAGS_1 of a program that is linked as a shared object. */
const flagProgram = 0x08000000;

/** One line of the dynamic section. */
export interface DynamicEntry {
  readonly tag: number;
  readonly value: number;
  /** Where the line stands in the file. */
  readonly offset: number;
}

/** What the dynamic loader reads of a program or library. */
export interface ElfDynamic {
  readonly entries: readonly DynamicEntry[];
  /** The string table, and where it lies in the file. */
  readonly strings: { readonly offset: number; readonly bytes: Buffer };
  readonly soname: string | undefined;
  readonly needed: readonly string[];
  /** DT_RUNPATH, or DT_RPATH where there is no other: its folders as they are written. */
  readonly searchPath: readonly string[];
  /** Something that others link with or load, not a program. */
  readonly isLibrary: boolean;
}

const mostEntries = 1 << 16;

/** Reads the dynamic section; undefined when there is none, or it cannot be read. */
export function readDynamic(source: ByteSource, elf: ElfFile): ElfDynamic | undefined {
  const segment = elf.segments.find(({ type }) => type === elfConstants.segmentDynamic);
  if (segment === undefined || segment.offset + segment.size > source.size) return undefined;
  const entries = readEntries(source, elf, segment);
  const valueBehind = (tag: number) => entries.find((entry) => entry.tag === tag)?.value;
  const strings = readStrings(source, elf, valueBehind(dynamicTags.strings), valueBehind(dynamicTags.stringsSize));
  if (strings === undefined) return undefined;
  const textOf = (entry: DynamicEntry | undefined) =>
    entry === undefined ? undefined : stringAt(strings.bytes, entry.value);
  const find = (tag: number) => entries.find((entry) => entry.tag === tag);
  const path = textOf(find(dynamicTags.runpath) ?? find(dynamicTags.rpath));
  const isProgram =
    elf.segments.some(({ type }) => type === elfConstants.segmentInterpreter) ||
    ((valueBehind(dynamicTags.flags1) ?? 0) & flagProgram) !== 0;
  return {
    entries,
    strings,
    soname: textOf(find(dynamicTags.soname)),
    needed: entries.filter(({ tag }) => tag === dynamicTags.needed).flatMap((entry) => textOf(entry) ?? []),
    searchPath: path === undefined || path === '' ? [] : path.split(':'),
    isLibrary: elf.kind === 3 && !isProgram,
  };
}

function readEntries(source: ByteSource, elf: ElfFile, place: { offset: number; size: number }): DynamicEntry[] {
  const { word, wide } = elf.numbers;
  const width = wide ? 16 : 8;
  const bytes = source.read(place.offset, Math.min(place.size, mostEntries * width));
  const entries: DynamicEntry[] = [];
  for (let at = 0; at + width <= bytes.length; at += width) {
    const tag = word(bytes, at);
    if (tag === 0) break;
    entries.push({ tag, value: word(bytes, at + width / 2), offset: place.offset + at });
  }
  return entries;
}

function readStrings(
  source: ByteSource,
  elf: ElfFile,
  address: number | undefined,
  size: number | undefined,
): ElfDynamic['strings'] | undefined {
  if (address === undefined || size === undefined) return undefined;
  const offset = fileOffsetOf(elf, address);
  if (offset === undefined || offset + size > source.size) return undefined;
  return { offset, bytes: source.read(offset, size) };
}
