import type { ByteSource } from '../byte-source.ts';
import { elfConstants, readElf } from './read-elf.ts';

/** Names the part of an ELF file that an offset lies in: a section, or the header or a table; undefined in what is no ELF file. */
export function locateSection(source: ByteSource, offset: number): string | undefined {
  const elf = readElf(source);
  if (elf === undefined) return undefined;
  const section = elf.sections.find(
    (one) => one.type !== elfConstants.sectionNoBits && offset >= one.offset && offset < one.offset + one.size,
  );
  if (section !== undefined && section.name !== '') return section.name;
  return offset < (elf.numbers.wide ? 64 : 52) ? 'ELF header' : 'outside of all sections';
}
