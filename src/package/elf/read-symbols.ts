import type { ByteSource } from '../byte-source.ts';
import { locateSymbols, symbolWidth } from './locate-symbols.ts';
import { dynamicTags, type ElfDynamic } from './read-dynamic.ts';
import { type ElfFile, fileOffsetOf, stringAt } from './read-elf.ts';
import type { VersionTables } from './read-version-tables.ts';

/** A name that a program or library offers to others or takes from them. */
export interface ElfSymbol {
  /** Its place in the table, by which relocations know it. */
  readonly index: number;
  readonly name: string;
  readonly version?: string;
  /** For one that is taken: the library that the version is expected in. */
  readonly library?: string;
  readonly isDefined: boolean;
  /** Not an error when nobody has it, for one that is taken. */
  readonly isWeak: boolean;
  /** Only for who asks for just this version. */
  readonly isHidden: boolean;
  readonly kind: 'function' | 'object' | 'thread' | 'other';
  /** Bytes of data or code. */
  readonly size: number;
}

const bindings = { global: 1, weak: 2, unique: 10 } as const;
const kinds: Readonly<Record<number, ElfSymbol['kind']>> = { 1: 'object', 2: 'function', 6: 'thread', 10: 'function' };

/** Reads the dynamic symbols that others can see, or that are looked for in others. Nothing where they cannot be counted. */
export function readSymbols(
  source: ByteSource,
  { elf, dynamic, versions }: { readonly elf: ElfFile; readonly dynamic: ElfDynamic; readonly versions: VersionTables },
): ElfSymbol[] {
  const place = locateSymbols(source, elf, dynamic);
  if (place === undefined) return [];
  const width = symbolWidth(elf);
  const bytes = source.read(place.offset, place.count * width);
  const numbers = readVersionNumbers(source, { elf, dynamic, count: place.count });
  const symbols: ElfSymbol[] = [];
  for (let index = 0; (index + 1) * width <= bytes.length; index++) {
    const raw = readRaw(elf, bytes, index * width);
    const name = stringAt(dynamic.strings.bytes, raw.name);
    if (name === undefined || name === '' || !isVisible(raw)) continue;
    const number = numbers?.readUInt16LE(index * 2) ?? 1;
    symbols.push({ index, name, ...describeSymbol(raw), ...versionOf(number, raw.section !== 0, versions) });
  }
  return symbols;
}

interface RawSymbol {
  readonly name: number;
  readonly info: number;
  readonly other: number;
  readonly section: number;
  readonly size: number;
}

function readRaw({ numbers }: ElfFile, bytes: Buffer, at: number): RawSymbol {
  const { wide, u16, u32, word } = numbers;
  const name = u32(bytes, at);
  if (wide) {
    return {
      name,
      info: bytes[at + 4]!,
      other: bytes[at + 5]!,
      section: u16(bytes, at + 6),
      size: word(bytes, at + 16),
    };
  }
  return {
    name,
    size: word(bytes, at + 8),
    info: bytes[at + 12]!,
    other: bytes[at + 13]!,
    section: u16(bytes, at + 14),
  };
}

/** Neither local nor hidden nor internal. */
function isVisible({ info, other }: RawSymbol): boolean {
  const binding = info >> 4;
  const visibility = other & 3;
  return Object.values(bindings).some((one) => one === binding) && visibility !== 1 && visibility !== 2;
}

function describeSymbol({ info, section, size }: RawSymbol) {
  return {
    isDefined: section !== 0,
    isWeak: info >> 4 === bindings.weak,
    kind: kinds[info & 15] ?? ('other' as const),
    size,
  };
}

function versionOf(
  number: number,
  isDefined: boolean,
  { defined, needed }: VersionTables,
): Pick<ElfSymbol, 'version' | 'library' | 'isHidden'> {
  const isHidden = (number & 0x8000) !== 0;
  const own = isDefined ? defined.get(number & 0x7fff) : undefined;
  if (own !== undefined) return { version: own, isHidden };
  // A program that holds a copy of a library's data defines its name with the version that it needs.
  const taken = needed.get(number & 0x7fff);
  return taken === undefined ? { isHidden } : { ...taken, isHidden };
}

/** The numbers of the symbols' versions, in little-endian order. */
function readVersionNumbers(
  source: ByteSource,
  { elf, dynamic, count }: { readonly elf: ElfFile; readonly dynamic: ElfDynamic; readonly count: number },
): Buffer | undefined {
  const address = dynamic.entries.find(({ tag }) => tag === dynamicTags.symbolVersions)?.value;
  const offset = address === undefined ? undefined : fileOffsetOf(elf, address);
  if (offset === undefined || offset + count * 2 > source.size) return undefined;
  const bytes = source.read(offset, count * 2);
  return elf.numbers.little ? bytes : bytes.swap16();
}
