import type { ByteSource } from '../byte-source.ts';
import { dynamicTags, type ElfDynamic } from './read-dynamic.ts';
import { type ElfFile, fileOffsetOf, stringAt } from './read-elf.ts';
import { mostVersionRecords, type VersionChain, walkChain } from './read-versions.ts';

/** A version of symbols that a file needs of a library. */
export interface NeededVersion {
  readonly library: string;
  readonly version: string;
}

/** The symbol versions of a file, by the number that its symbols carry. */
export interface VersionTables {
  /** Without the one that only names the library itself. */
  readonly defined: ReadonlyMap<number, string>;
  readonly needed: ReadonlyMap<number, NeededVersion>;
}

const flagBase = 1;

/** Reads which symbol versions a file defines and needs; nothing of tables that cannot be read.
 * Format: "Symbol Versioning" of the Linux Standard Base. */
export function readVersionTables(source: ByteSource, elf: ElfFile, dynamic: ElfDynamic): VersionTables {
  const { u16, u32 } = elf.numbers;
  const nameAt = (offset: number) => stringAt(dynamic.strings.bytes, offset) ?? '';
  const chain: VersionChain = { source, elf, budget: { left: mostVersionRecords } };
  const defined = new Map<number, string>();
  for (const record of recordsBehind(dynamicTags.versionDefinitions, { chain, dynamic, nextAt: 16 })) {
    if ((u16(record.bytes, 2) & flagBase) !== 0) continue;
    const [first] = walkChain(chain, record.offset + u32(record.bytes, 12), 4);
    if (first !== undefined) defined.set(u16(record.bytes, 4) & 0x7fff, nameAt(u32(first.bytes, 0)));
  }
  const needed = new Map<number, NeededVersion>();
  for (const record of recordsBehind(dynamicTags.versionNeeds, { chain, dynamic, nextAt: 12 })) {
    const library = nameAt(u32(record.bytes, 4));
    for (const { bytes } of walkChain(chain, record.offset + u32(record.bytes, 8), 12))
      needed.set(u16(bytes, 6) & 0x7fff, { library, version: nameAt(u32(bytes, 8)) });
  }
  return { defined, needed };
}

function* recordsBehind(
  tag: number,
  { chain, dynamic, nextAt }: { readonly chain: VersionChain; readonly dynamic: ElfDynamic; readonly nextAt: number },
) {
  const address = dynamic.entries.find((entry) => entry.tag === tag)?.value;
  const start = address === undefined ? undefined : fileOffsetOf(chain.elf, address);
  if (start !== undefined) yield* walkChain(chain, start, nextAt);
}
