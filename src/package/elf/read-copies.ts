import type { ByteSource } from '../byte-source.ts';
import { dynamicTags, type ElfDynamic } from './read-dynamic.ts';
import { type ElfFile, fileOffsetOf } from './read-elf.ts';

/** The number of the relocation that copies a library's data into the program, by the number of the machine. */
const copyKinds: Readonly<Record<number, number>> = {
  3: 5, // i386
  20: 19, // PowerPC
  21: 19,
  22: 9, // s390
  40: 20, // ARM
  62: 5, // x86-64
  183: 1024, // AArch64
  243: 4, // RISC-V
  258: 4, // LoongArch
};

const step = 1 << 20;

/** The indices of symbols whose data the loader copies from a library into a program (copy relocations): their size is fixed in the program. */
export function readCopies(source: ByteSource, elf: ElfFile, dynamic: ElfDynamic): ReadonlySet<number> {
  const found = new Set<number>();
  const machine = elf.numbers.u16(source.read(18, 2), 0);
  const kind = copyKinds[machine];
  if (kind === undefined) return found;
  const { wide } = elf.numbers;
  const tables = [
    { start: dynamicTags.rela, size: dynamicTags.relaSize, width: wide ? 24 : 12 },
    { start: dynamicTags.rel, size: dynamicTags.relSize, width: wide ? 16 : 8 },
  ];
  for (const { start, size, width } of tables) {
    const find = (wanted: number) => dynamic.entries.find(({ tag }) => tag === wanted)?.value;
    const address = find(start);
    const offset = address === undefined ? undefined : fileOffsetOf(elf, address);
    if (offset === undefined) continue;
    const end = Math.min(offset + (find(size) ?? 0), source.size);
    for (const relocation of readRelocations(source, elf, { width, offset, end }))
      if (relocation.kind === kind) found.add(relocation.symbol);
  }
  return found;
}

function* readRelocations(
  source: ByteSource,
  elf: ElfFile,
  table: { readonly width: number; readonly offset: number; readonly end: number },
): Generator<{ readonly kind: number; readonly symbol: number }> {
  const { width, end } = table;
  const whole = step - (step % width);
  for (let offset = table.offset; offset < end; offset += whole) {
    const bytes = source.read(offset, Math.min(whole, end - offset));
    for (let at = 0; at + width <= bytes.length; at += width) yield readInfo(elf, bytes, at);
  }
}

function readInfo({ numbers }: ElfFile, bytes: Buffer, at: number): { kind: number; symbol: number } {
  const { wide, little, u32 } = numbers;
  if (wide) return { kind: u32(bytes, at + (little ? 8 : 12)), symbol: u32(bytes, at + (little ? 12 : 8)) };
  const info = u32(bytes, at + 4);
  return { kind: info & 0xff, symbol: info >>> 8 };
}
