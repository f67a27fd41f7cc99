import type { Random } from './random.ts';

/** What can be written into one header of a tar: `[offset, length, values]`. */
export const headerFields: Readonly<Record<string, readonly [number, number, readonly string[]]>> = {
  type: [156, 1, ['1', '2', '3', '4', '6', '7', 'g', 'x', 'L', 'K', 'S', 'D', 'M', 'V', '\0']],
  mode: [100, 8, ['0004755\0', '0006755\0', '0001777\0', '0000777\0', '\xff\xff\xff\xff\xff\xff\xff\xff']],
  owner: [108, 8, ['0001750\0', '7777777\0']],
  size: [124, 12, ['00000000000\0', '77777777777\0', '\x80\0\0\0\0\0\0\xff\xff\xff\xff\xff', '-0000000001\0']],
  time: [136, 12, ['77777777777\0', '00000000000\0']],
  name: [0, 100, ['../../canary/file', '/canary/file', 'a\0b', 'a\nb', '\xff\xfe', '.binfarm/package.json']],
  target: [157, 100, ['../../canary/file', '/etc/passwd', '']],
  magic: [257, 8, ['ustar  \0', '\0\0\0\0\0\0\0\0']],
  prefix: [345, 155, ['../..', '/']],
  device: [329, 8, ['0000001\0']],
};

/** Changes one field of the header at a place of a tar, and makes the header's checksum right again. */
export function mutateTarHeader(tar: Buffer, at: number, field: string, random: Random): void {
  const [offset, length, values] = headerFields[field]!;
  tar.fill(0, at + offset, at + offset + length);
  tar.write(random.pick(values), at + offset, length, 'latin1');
  writeChecksum(tar.subarray(at, at + 512));
}

function writeChecksum(block: Buffer): void {
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}
