import { Readable } from 'node:stream';
import { createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import type { ByteSource } from '../byte-source.ts';
import type { ElfFile, ElfSection } from '../elf/read-elf.ts';
import { elfConstants } from '../elf/read-elf.ts';

const mostContent = 1 << 30;
const gzipMagic = Buffer.from([0x1f, 0x8b, 0x08]);

/** Looks for the root where it cannot be patched: in a gzip file, and in compressed sections of an ELF file. Gives the reasons why the file is not relocatable. */
export async function searchCompressed(source: ByteSource, elf: ElfFile | undefined, root: string): Promise<string[]> {
  if (elf === undefined) {
    if (!source.read(0, 3).equals(gzipMagic)) return [];
    const found = await searchStream(createGunzip(), source, { offset: 0, size: source.size, root });
    return found ? [`compressed (gzip): ${found}`] : [];
  }
  const reasons: string[] = [];
  for (const section of elf.sections) {
    // Reading a flag by division: it may be a number of 64 bits.
    const isCompressed = Math.floor(section.flags / elfConstants.flagCompressed) % 2 === 1;
    if (!isCompressed || section.type === elfConstants.sectionNoBits) continue;
    const found = await searchSection(source, { elf, section, root });
    if (found) reasons.push(`compressed (section ${section.name}): ${found}`);
  }
  return reasons;
}

async function searchSection(
  source: ByteSource,
  { elf, section, root }: { elf: ElfFile; section: ElfSection; root: string },
): Promise<string | undefined> {
  const head = elf.numbers.wide ? 24 : 12;
  const bytes = source.read(section.offset, head);
  if (bytes.length < head || section.size < head || section.offset + section.size > source.size) return undefined;
  const kind = elf.numbers.u32(bytes, 0);
  const decoder = kind === 1 ? createInflate() : kind === 2 ? createZstdDecompress() : undefined;
  if (decoder === undefined) return 'by an unknown method, so it cannot be searched';
  return await searchStream(decoder, source, { offset: section.offset + head, size: section.size - head, root });
}

/** Says what was found, in words; undefined when the content is free of the root, or is not what it looked like. */
async function searchStream(
  decoder: ReturnType<typeof createGunzip | typeof createZstdDecompress>,
  source: ByteSource,
  what: { readonly offset: number; readonly size: number; readonly root: string },
): Promise<string | undefined> {
  const needle = Buffer.from(what.root);
  let tail: Buffer = Buffer.alloc(0);
  let total = 0;
  try {
    const input = Readable.from(readSteps(source, what.offset, what.size));
    input.on('error', (error) => decoder.destroy(error));
    for await (const part of input.pipe(decoder)) {
      const window = Buffer.concat([tail, part as Buffer]);
      const at = window.indexOf(needle);
      if (at >= 0) return `its content has the build root, first at byte ${total - tail.length + at} of it`;
      tail = window.subarray(-(needle.length - 1));
      total += (part as Buffer).length;
      if (total > mostContent) return 'its content is too large to be searched for the build root';
    }
  } catch (error) {
    // Test data of archivers is often damaged on purpose: what no decoder reads, no program can take a path from.
    if (isDecoderError(error)) return undefined;
    throw error;
  }
  return undefined;
}

function isDecoderError(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && (code.startsWith('Z_') || code.startsWith('ZSTD_'));
}

function* readSteps(source: ByteSource, offset: number, size: number): Generator<Buffer> {
  const step = 1 << 16;
  for (let at = 0; at < size; at += step) yield source.read(offset + at, Math.min(step, size - at));
}
