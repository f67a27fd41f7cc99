import type { ByteSource } from '../byte-source.ts';
import { locateSymbols, symbolWidth } from './locate-symbols.ts';
import { dynamicTags, type ElfDynamic } from './read-dynamic.ts';
import type { ElfFile } from './read-elf.ts';
import { versionNameOffsets } from './read-versions.ts';

const stringTags: ReadonlySet<number> = new Set([
  dynamicTags.needed,
  dynamicTags.soname,
  0x6ffffefa, // DT_CONFIG
  0x6ffffefb, // DT_DEPAUDIT
  0x6ffffefc, // DT_AUDIT
  0x7ffffffd, // DT_AUXILIARY
  0x7ffffffe, // DT_USED
  0x7fffffff, // DT_FILTER
]);

/** Every offset of the dynamic string table that something refers to, but for the search paths: symbols, versions, names of libraries.
 * Linkers share tails of strings, so a symbol's name may lie within a search path. Undefined when the symbols cannot be counted. */
export function stringReferences(source: ByteSource, elf: ElfFile, dynamic: ElfDynamic): Set<number> | undefined {
  const symbols = locateSymbols(source, elf, dynamic);
  if (symbols === undefined) return undefined;
  const references = new Set(versionNameOffsets(source, elf, dynamic));
  for (const { tag, value } of dynamic.entries) if (stringTags.has(tag)) references.add(value);
  const width = symbolWidth(elf);
  const bytes = source.read(symbols.offset, symbols.count * width);
  for (let at = 0; at + width <= bytes.length; at += width) references.add(elf.numbers.u32(bytes, at));
  return references;
}
