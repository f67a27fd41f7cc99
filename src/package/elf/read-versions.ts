import type { ByteSource } from '../byte-source.ts';
import { dynamicTags, type ElfDynamic } from './read-dynamic.ts';
import { type ElfFile, fileOffsetOf, stringAt } from './read-elf.ts';

/** More records than any real file has. */
export const mostVersionRecords = 1 << 16;

/** Where the version tables refer into the dynamic string table: the names of needed and of defined versions. Nothing for tables that cannot be read.
 * Format: "Symbol Versioning" of the Linux Standard Base. */
export function versionNameOffsets(source: ByteSource, elf: ElfFile, dynamic: ElfDynamic): number[] {
  const walk = { source, elf, dynamic };
  return [
    ...walkVersions(walk, dynamicTags.versionNeeds, { file: 4, firstName: 8, nextRecord: 12, name: 8, nextName: 12 }),
    ...walkVersions(walk, dynamicTags.versionDefinitions, { firstName: 12, nextRecord: 16, name: 0, nextName: 4 }),
  ];
}

/** The newest version of glibc whose symbols a file uses, such as `2.34`; undefined when it uses none. */
export function newestGlibcOf(source: ByteSource, elf: ElfFile, dynamic: ElfDynamic): string | undefined {
  const layout = { firstName: 8, nextRecord: 12, name: 8, nextName: 12 };
  let newest: number[] | undefined;
  for (const offset of walkVersions({ source, elf, dynamic }, dynamicTags.versionNeeds, layout)) {
    const name = stringAt(dynamic.strings.bytes, offset) ?? '';
    const version = name === 'GLIBC_ABI_DT_RELR' ? '2.36' : /^GLIBC_(\d{1,4}(?:\.\d{1,4}){1,3})$/.exec(name)?.[1];
    const numbers = version?.split('.').map(Number);
    if (numbers !== undefined && (newest === undefined || isNewer(numbers, newest))) newest = numbers;
  }
  return newest?.join('.');
}

function isNewer(a: readonly number[], b: readonly number[]): boolean {
  for (let part = 0; part < Math.max(a.length, b.length); part++) {
    const difference = (a[part] ?? 0) - (b[part] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

interface VersionLayout {
  /** Where a record has the name of its file. */
  readonly file?: number;
  readonly firstName: number;
  readonly nextRecord: number;
  readonly name: number;
  readonly nextName: number;
}

function* walkVersions(
  { source, elf, dynamic }: { source: ByteSource; elf: ElfFile; dynamic: ElfDynamic },
  tag: number,
  layout: VersionLayout,
): Generator<number> {
  const address = dynamic.entries.find((entry) => entry.tag === tag)?.value;
  const start = address === undefined ? undefined : fileOffsetOf(elf, address);
  if (start === undefined) return;
  const { u32 } = elf.numbers;
  const chain = { source, elf, budget: { left: mostVersionRecords } };
  for (const record of walkChain(chain, start, layout.nextRecord)) {
    if (layout.file !== undefined) yield u32(record.bytes, layout.file);
    const names = record.offset + u32(record.bytes, layout.firstName);
    for (const { bytes } of walkChain(chain, names, layout.nextName)) yield u32(bytes, layout.name);
  }
}

/** Where chains of version records are read. */
export interface VersionChain {
  readonly source: ByteSource;
  readonly elf: ElfFile;
  /** Shared by all chains of a table: records may point back. */
  readonly budget: { left: number };
}

/** Follows records that say at `nextAt`, their last field, how far the next one is. */
export function* walkChain(
  chain: VersionChain,
  start: number,
  nextAt: number,
): Generator<{ readonly offset: number; readonly bytes: Buffer }> {
  for (let offset = start; chain.budget.left-- > 0; ) {
    const bytes = chain.source.read(offset, nextAt + 4);
    if (bytes.length < nextAt + 4) return;
    yield { offset, bytes };
    const next = chain.elf.numbers.u32(bytes, nextAt);
    if (next === 0) return;
    offset += next;
  }
}
