import type { TarMember } from './tar-member.ts';

/** Bytes of a tar block. */
export const blockSize = 512;

/** The time that every member has unless the packer is told another: 1 January 2000, 00:00 UTC, in seconds. Zero would not do:
 * some clients take it for "no time" and find the copies of the header in a zstd:chunked layer to differ. */
export const packageTime = 946_684_800;

const typeFlags = { file: '0', hardlink: '1', symlink: '2', directory: '5', pax: 'x' } as const;
const largestOctalSize = 8 ** 11 - 1;
const nameBytes = 100;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the rule is about bytes above 0x7f
const onlyAscii = /^[\x00-\x7f]*$/;

/** Formats the header of a tar member: ustar, with a pax header before it where a name is not ASCII or has more than 100 bytes, or the size has no 11 octal digits.
 * Owner 0, no owner names, the `prefix` field unused; equal members have equal bytes. */
export function formatTarHeader(member: TarMember, time: number): Buffer {
  const name = Buffer.from(member.name);
  const link = Buffer.from(member.linkName);
  const large = member.size > largestOctalSize;
  const records: string[] = [];
  if (needsPax(member.linkName, link)) records.push(formatPaxRecord('linkpath', member.linkName));
  if (needsPax(member.name, name)) records.push(formatPaxRecord('path', member.name));
  if (large) records.push(formatPaxRecord('size', String(member.size)));
  const own = formatBlock({ ...member, name, link, size: large ? 0 : member.size, flag: typeFlags[member.type], time });
  if (records.length === 0) return own;
  const data = Buffer.from(records.join(''));
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

/** How many zero bytes follow a payload of a size to fill its last block. */
export function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

function needsPax(text: string, bytes: Buffer): boolean {
  return bytes.length > nameBytes || !onlyAscii.test(text);
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
