import type { ByteSource } from '../byte-source.ts';
import { readCopies } from './read-copies.ts';
import { readDynamic } from './read-dynamic.ts';
import { readElf } from './read-elf.ts';
import { type ElfSymbol, readSymbols } from './read-symbols.ts';
import { type NeededVersion, readVersionTables } from './read-version-tables.ts';

/** What a program or library offers to others and takes from them, as the dynamic loader sees it. */
export interface ElfInterface {
  readonly soname: string | undefined;
  readonly needed: readonly string[];
  readonly isLibrary: boolean;
  readonly exports: readonly ElfSymbol[];
  readonly imports: readonly ElfSymbol[];
  /** Data of libraries that a program holds a copy of; `size` is that of the copy. */
  readonly copies: readonly ElfSymbol[];
  readonly definedVersions: readonly string[];
  readonly neededVersions: readonly NeededVersion[];
}

/** Reads the interface of a program or library; undefined of a file that the dynamic loader has nothing to do with. Any bytes are safe to give. */
export function readInterface(source: ByteSource): ElfInterface | undefined {
  const elf = readElf(source);
  const dynamic = elf === undefined ? undefined : readDynamic(source, elf);
  if (elf === undefined || dynamic === undefined) return undefined;
  const versions = readVersionTables(source, elf, dynamic);
  const symbols = readSymbols(source, { elf, dynamic, versions });
  const copied = dynamic.isLibrary ? new Set<number>() : readCopies(source, elf, dynamic);
  return {
    soname: dynamic.soname,
    needed: dynamic.needed,
    isLibrary: dynamic.isLibrary,
    // A library has each of its versions as a symbol, too, which nobody takes.
    exports: symbols.filter(
      ({ isDefined, index, name, version }) => isDefined && !copied.has(index) && name !== version,
    ),
    imports: symbols.filter(({ isDefined }) => !isDefined),
    copies: symbols.filter(({ index }) => copied.has(index)),
    definedVersions: [...versions.defined.values()],
    neededVersions: [...versions.needed.values()],
  };
}
