import type { ByteSource } from '../byte-source.ts';
import { dynamicTags, type ElfDynamic } from './read-dynamic.ts';
import { type ElfFile, elfConstants, fileOffsetOf } from './read-elf.ts';

/** The bytes that one symbol takes. */
export function symbolWidth(elf: ElfFile): number {
  return elf.numbers.wide ? 24 : 16;
}

/** Where the dynamic symbols lie in a file, and how many there are; undefined when they cannot be counted. */
export function locateSymbols(
  source: ByteSource,
  elf: ElfFile,
  dynamic: ElfDynamic,
): { offset: number; count: number } | undefined {
  const address = dynamic.entries.find(({ tag }) => tag === dynamicTags.symbols)?.value;
  if (address === undefined) return { offset: 0, count: 0 };
  const offset = fileOffsetOf(elf, address);
  if (offset === undefined) return undefined;
  const section = elf.sections.find(({ type }) => type === elfConstants.sectionDynamicSymbols);
  // Without sections the string table is taken for the end of the symbols, which linkers put before it.
  const size = section?.offset === offset ? section.size : dynamic.strings.offset - offset;
  if (size < 0 || offset + size > source.size) return undefined;
  return { offset, count: Math.floor(size / symbolWidth(elf)) };
}
