import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { formatBytePath } from '../tree/byte-path.ts';
import type { FileSink, TreeWriter } from '../tree/tree-writer.ts';
import { archiveInvalid, archiveUnsafe } from './archive-error.ts';
import type { ArchiveLimits } from './archive-limits.ts';
import { readExactly, readZipDirectory, type ZipEntry } from './read-zip-directory.ts';

/** What reading a zip archive needs beside its path. */
export interface ZipContext {
  readonly file: string;
  readonly limits: ArchiveLimits;
  readonly signal?: AbortSignal;
}

const smallBytes = 1 << 20; // unpacked at once; larger ones as a stream

/** Writes what a zip archive holds; every file's checksum is compared. Stored and deflated files only, not encrypted.
 * @throws ARCHIVE_INVALID, ARCHIVE_UNSAFE; errors of node:zlib as they are */
export async function readZip(path: string, writer: TreeWriter, context: ZipContext): Promise<void> {
  const handle = await open(path, 'r');
  try {
    for (const entry of await readZipDirectory(handle, context.file, context.limits)) {
      context.signal?.throwIfAborted();
      await addEntry({ handle, path, entry }, writer, context.file);
    }
  } finally {
    await handle.close();
  }
}

interface ZipMember {
  readonly handle: FileHandle;
  readonly path: string;
  readonly entry: ZipEntry;
}

async function addEntry(member: ZipMember, writer: TreeWriter, file: string): Promise<void> {
  const { entry } = member;
  const { name, mtime } = entry;
  const shown = formatBytePath(name.slice(0, 200));
  if (entry.encrypted) throw archiveInvalid(file, `its entry "${shown}" is encrypted`);
  const type = entry.mode & 0o170000;
  if (name.endsWith('/') || type === 0o040000) return writer.addDirectory(name, mtime);
  if (type === 0o120000) {
    const chunks: Uint8Array[] = [];
    if (entry.size > 4096) throw archiveUnsafe(file, `its symbolic link "${shown}" is too long`);
    await readMember(member, { write: (chunk) => void chunks.push(chunk), close: () => {} }, file);
    return writer.addSymlink(name, Buffer.concat(chunks).toString('latin1'));
  }
  if (type !== 0 && type !== 0o100000) throw archiveUnsafe(file, `its entry "${shown}" is neither a file nor a folder`);
  await readMember(
    member,
    writer.addFile(name, { size: entry.size, executable: (entry.mode & 0o111) !== 0, mtime }),
    file,
  );
}

async function readMember(member: ZipMember, sink: FileSink, file: string): Promise<void> {
  const { entry } = member;
  const damaged = () => archiveInvalid(file, `its entry "${formatBytePath(entry.name.slice(0, 200))}" is damaged`);
  let size = 0;
  let crc = 0;
  for await (const chunk of await openMember(member, file)) {
    size += chunk.length;
    if (size > entry.size) throw damaged();
    crc = crc32(chunk, crc);
    sink.write(chunk);
  }
  if (size !== entry.size || crc !== entry.crc) throw damaged();
  sink.close();
}

async function openMember(member: ZipMember, file: string): Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array>> {
  const { handle, path, entry } = member;
  const { compressedSize } = entry;
  const local = await readExactly(handle, entry.offset, 30, file);
  if (local.readUInt32LE(0) !== 0x04034b50) throw archiveInvalid(file, 'it is damaged');
  const start = entry.offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  if (entry.method !== 0 && entry.method !== 8) {
    throw archiveInvalid(
      file,
      `its entry "${formatBytePath(entry.name)}" is compressed in a way that is not supported`,
    );
  }
  if (compressedSize <= smallBytes && entry.size <= smallBytes) {
    const bytes = await readExactly(handle, start, compressedSize, file);
    return [entry.method === 0 ? bytes : inflateRawSync(bytes, { maxOutputLength: entry.size + 1 })];
  }
  const raw = createReadStream(path, { start, end: start + compressedSize - 1, highWaterMark: 1 << 18 });
  return entry.method === 0 ? raw : pipeline(raw, createInflateRaw({ chunkSize: 1 << 18 }), () => {});
}
