import type { FileHandle } from 'node:fs/promises';
import { archiveInvalid, archiveUnsafe } from './archive-error.ts';
import type { ArchiveLimits } from './archive-limits.ts';

/** A file in a zip archive, as its central directory tells of it. */
export interface ZipEntry {
  /** A byte path. */
  readonly name: string;
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Where its local header begins. */
  readonly offset: number;
  /** Unix type and permissions; 0 when the archive was made elsewhere. */
  readonly mode: number;
  /** Seconds since 1970; the archive's own time, which has no time zone, counts as UTC. */
  readonly mtime: number;
}

const maxCommentBytes = 65_535;
const maxDirectoryBytes = 256 * 2 ** 20;

/** Reads the list of files at the end of a zip archive (APPNOTE.TXT 6.3.10, sections 4.3.12 to 4.3.16), zip64 included.
 * @throws ARCHIVE_INVALID, ARCHIVE_UNSAFE */
export async function readZipDirectory(handle: FileHandle, file: string, limits: ArchiveLimits): Promise<ZipEntry[]> {
  const { size } = await handle.stat();
  const end = await readEnd(handle, size, file);
  if (end.entries > limits.entries) throw archiveUnsafe(file, `it has more than ${limits.entries} entries`);
  if (end.size > maxDirectoryBytes) throw archiveUnsafe(file, 'its list of files is too long');
  const bytes = await readExactly(handle, end.offset, end.size, file);
  const entries: ZipEntry[] = [];
  for (let at = 0; entries.length < end.entries; ) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== 0x02014b50)
      throw archiveInvalid(file, 'its list of files is damaged');
    const length = 46 + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    if (at + length > bytes.length) throw archiveInvalid(file, 'its list of files is damaged');
    entries.push(parseEntry(bytes.subarray(at, at + length), file));
    at += length;
  }
  return entries;
}

/** Reads bytes that have to be there.
 * @throws ARCHIVE_INVALID */
export async function readExactly(handle: FileHandle, position: number, length: number, file: string): Promise<Buffer> {
  const { size } = await handle.stat();
  if (!(position >= 0 && position + length <= size)) throw archiveInvalid(file, 'it is truncated or damaged');
  const buffer = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await handle.read(buffer, at, length - at, position + at);
    if (bytesRead === 0) throw archiveInvalid(file, 'it is truncated');
    at += bytesRead;
  }
  return buffer;
}

interface ZipEnd {
  readonly entries: number;
  readonly size: number;
  readonly offset: number;
}

async function readEnd(handle: FileHandle, fileSize: number, file: string): Promise<ZipEnd> {
  const length = Math.min(fileSize, 22 + maxCommentBytes);
  const tail = await readExactly(handle, fileSize - length, length, file);
  let at = tail.length - 22;
  while (at >= 0 && !(tail.readUInt32LE(at) === 0x06054b50 && at + 22 + tail.readUInt16LE(at + 20) === tail.length))
    at -= 1;
  if (at < 0) throw archiveInvalid(file, 'it is truncated: its list of files is missing');
  if (tail.readUInt16LE(at + 4) > 0 && tail.readUInt16LE(at + 4) < 0xffff)
    throw archiveInvalid(file, 'it is one part of several');
  const end = {
    entries: tail.readUInt16LE(at + 10),
    size: tail.readUInt32LE(at + 12),
    offset: tail.readUInt32LE(at + 16),
  };
  const isZip64 = end.entries === 0xffff || end.size === 0xffffffff || end.offset === 0xffffffff;
  if (!isZip64 || at < 20 || tail.readUInt32LE(at - 20) !== 0x07064b50) return end;
  const record = await readExactly(handle, sizeOf(tail.readBigUInt64LE(at - 12), file), 56, file);
  if (record.readUInt32LE(0) !== 0x06064b50) throw archiveInvalid(file, 'its list of files is damaged');
  return {
    entries: sizeOf(record.readBigUInt64LE(32), file),
    size: sizeOf(record.readBigUInt64LE(40), file),
    offset: sizeOf(record.readBigUInt64LE(48), file),
  };
}

function parseEntry(record: Buffer, file: string): ZipEntry {
  const nameEnd = 46 + record.readUInt16LE(28);
  const extra = parseExtra(record.subarray(nameEnd, nameEnd + record.readUInt16LE(30)));
  const wide = extra.get(0x0001) ?? Buffer.alloc(0);
  let wideAt = 0;
  const field = (at: number) => {
    const value = record.readUInt32LE(at);
    if (value !== 0xffffffff || wide.length < wideAt + 8) return value;
    wideAt += 8;
    return sizeOf(wide.readBigUInt64LE(wideAt - 8), file);
  };
  const size = field(24); // zip64 fields follow in this order
  const compressedSize = field(20);
  const offset = field(42);
  const madeOnUnix = record.readUInt8(5) === 3 || record.readUInt8(5) === 19;
  return {
    name: record.subarray(46, nameEnd).toString('latin1'),
    method: record.readUInt16LE(10),
    encrypted: (record.readUInt16LE(8) & 0x2041) !== 0,
    crc: record.readUInt32LE(16),
    compressedSize,
    size,
    offset,
    mode: madeOnUnix ? record.readUInt32LE(38) >>> 16 : 0,
    mtime: parseTime(record, extra.get(0x5455)),
  };
}

function parseExtra(bytes: Buffer): Map<number, Buffer> {
  const fields = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt16LE(at + 2);
    fields.set(bytes.readUInt16LE(at), bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return fields;
}

function parseTime(record: Buffer, extended: Buffer | undefined): number {
  if (extended !== undefined && extended.length >= 5 && (extended[0]! & 1) === 1) return extended.readInt32LE(1);
  const time = record.readUInt16LE(12);
  const date = record.readUInt16LE(14);
  const [year, month, day] = [1980 + (date >> 9), ((date >> 5) & 15) - 1, date & 31];
  return Date.UTC(year, month, day, time >> 11, (time >> 5) & 63, (time & 31) * 2) / 1000;
}

function sizeOf(value: bigint, file: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw archiveInvalid(file, 'its list of files is damaged');
  return Number(value);
}
