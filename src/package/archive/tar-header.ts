import type { TarMember } from './tar-member.ts';

/** Bytes of a tar block. */
export const blockSize = 512;

/** The time that every member has unless the packer is told another: 1 January 2000, 00:00 UTC, in seconds. Zero would not do:
 * some clients take it for "no time" and find the copies of the header in a zstd:chunked layer to differ. */
export const packageTime = 946_684_800;

const typeFlags = { file: '0', hardlink: '1', symlink: '2', directory: '5', pax: 'x' } as const;
const largestOctalSize = 8 ** 11 - 1;
const nameBytes = 100;
const noBytes = Buffer.alloc(0);
// biome-ignore lint/suspicious/noControlCharactersInRegex: the rule is about bytes above 0x7f
const onlyAscii = /^[\x00-\x7f]*$/;

/** Formats the header of a tar member: ustar, with a pax header before it where a name is not ASCII or has more than 100 bytes, or the size has no 11 octal digits.
 * Owner 0, no owner names, the `prefix` field unused; equal members have equal bytes. */
export function formatTarHeader(member: TarMember, time: number): Buffer {
  const own = formatBlock({
    name: Buffer.from(member.name),
    link: Buffer.from(member.linkName),
    mode: member.mode,
    size: member.size > largestOctalSize ? 0 : member.size,
    flag: typeFlags[member.type],
    time,
  });
  const data = formatPaxData(member);
  if (data.length === 0) return own;
  const pax = formatBlock({
    name: Buffer.from('././@PaxHeader'),
    link: Buffer.alloc(0),
    mode: 0o644,
    size: data.length,
    flag: typeFlags.pax,
    time,
  });
  return Buffer.concat([pax, data, Buffer.alloc(paddingOf(data.length)), own]);
}

/** How many bytes `formatTarHeader` gives for a member. */
export function tarHeaderSizeOf(member: TarMember): number {
  const { length } = formatPaxData(member);
  return length === 0 ? blockSize : 2 * blockSize + length + paddingOf(length);
}

function formatPaxData({ name, linkName, size }: TarMember): Buffer {
  const records: string[] = [];
  if (needsPax(linkName)) records.push(formatPaxRecord('linkpath', linkName));
  if (needsPax(name)) records.push(formatPaxRecord('path', name));
  if (size > largestOctalSize) records.push(formatPaxRecord('size', String(size)));
  return records.length === 0 ? noBytes : Buffer.from(records.join(''));
}

/** How many zero bytes follow a payload of a size to fill its last block. */
export function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

function needsPax(text: string): boolean {
  return text.length > nameBytes || !onlyAscii.test(text);
}

/** `<length> key=value\n`, where the length counts its own digits. */
function formatPaxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

interface BlockFields {
  readonly name: Buffer;
  readonly link: Buffer;
  readonly mode: number;
  readonly size: number;
  readonly flag: string;
  readonly time: number;
}

function formatBlock(fields: BlockFields): Buffer {
  const block = Buffer.alloc(blockSize);
  fields.name.copy(block, 0, 0, nameBytes);
  writeOctal(block, fields.mode, 100, 8);
  writeOctal(block, 0, 108, 8);
  writeOctal(block, 0, 116, 8);
  writeOctal(block, fields.size, 124, 12);
  writeOctal(block, fields.time, 136, 12);
  block.fill(' ', 148, 156);
  block.write(fields.flag, 156, 'latin1');
  fields.link.copy(block, 157, 0, nameBytes);
  block.write('ustar\0' + '00', 257, 'latin1');
  writeOctal(block, 0, 329, 8);
  writeOctal(block, 0, 337, 8);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function writeOctal(block: Buffer, value: number, offset: number, width: number): void {
  block.write(value.toString(8).padStart(width - 1, '0'), offset, 'latin1');
}
