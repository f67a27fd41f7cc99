import type { ByteSource } from '../byte-source.ts';
import { dynamicTags, type ElfDynamic } from './read-dynamic.ts';
import { type ElfFile, fileOffsetOf, stringAt } from './read-elf.ts';

const mostRecords = 1 << 16;

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
  let budget = mostRecords;
  for (let record = start; budget-- > 0; ) {
    const bytes = source.read(record, 20);
    if (bytes.length < 16 || (layout.nextRecord === 16 && bytes.length < 20)) return;
    if (layout.file !== undefined) yield elf.numbers.u32(bytes, layout.file);
    for (let name = record + elf.numbers.u32(bytes, layout.firstName); budget-- > 0; ) {
      const aux = source.read(name, 16);
      if (aux.length < layout.nextName + 4) break;
      yield elf.numbers.u32(aux, layout.name);
      const next = elf.numbers.u32(aux, layout.nextName);
      if (next === 0) break;
      name += next;
    }
    const next = elf.numbers.u32(bytes, layout.nextRecord);
    if (next === 0) return;
    record += next;
  }
}
