import { once } from 'node:events';
import { type Extract, extract, type Header } from 'tar-stream';
import { type BytePath, bytePathOf, formatBytePath } from '../tree/byte-path.ts';
import type { FileSink, TreeWriter } from '../tree/tree-writer.ts';
import { archiveInvalid, archiveUnsafe } from './archive-error.ts';

/** What reading an archive needs beside its bytes. */
export interface TarContext {
  readonly file: string;
  /** Of the tar stream. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/** Writes what a tar stream holds. Names stay bytes; times of pax headers are used.
 * @throws ARCHIVE_INVALID when it breaks off, also between two entries; ARCHIVE_UNSAFE; errors of the decoder as they are */
export async function readTar(
  input: AsyncIterable<Uint8Array>,
  writer: TreeWriter,
  context: TarContext,
): Promise<void> {
  const options = { highWaterMark: 1 << 18, filenameEncoding: 'latin1', allowUnknownFormat: true };
  const tar = extract(options);
  let failure: unknown;
  const fed = feed(input, tar, context).catch((error: unknown) => {
    failure = error;
    tar.destroy(null);
    return { bytes: 0, endsInZeros: false };
  });
  let end = 0;
  try {
    for await (const entry of tar) {
      const header = entry.header as Header & { readonly byteOffset: number };
      const sink = addEntry(header, writer, context.file);
      for await (const chunk of entry) sink?.write(chunk as Uint8Array);
      sink?.close();
      end = header.byteOffset + (sink === undefined ? 0 : Math.ceil(header.size / 512) * 512);
    }
  } catch (error) {
    tar.destroy(null);
    await fed;
    throw failure ?? error;
  }
  const { bytes, endsInZeros } = await fed;
  if (failure !== undefined) throw failure;
  if (bytes < end + 512 || !endsInZeros) throw archiveInvalid(context.file, 'it is truncated');
}

/** Gives the stream to the parser, no faster than its entries are written, and looks at its last block. */
async function feed(
  input: AsyncIterable<Uint8Array>,
  tar: Extract,
  context: TarContext,
): Promise<{ bytes: number; endsInZeros: boolean }> {
  const closed = once(tar, 'close').catch(() => {});
  let bytes = 0;
  let tail: Uint8Array = new Uint8Array();
  for await (const chunk of input) {
    context.signal?.throwIfAborted();
    if (tar.destroyed) break;
    bytes += chunk.length;
    if (bytes > context.maxBytes)
      throw archiveUnsafe(context.file, `it unpacks to more than ${context.maxBytes} bytes`);
    tail = chunk.length >= 512 ? chunk.subarray(-512) : Buffer.concat([tail, chunk]).subarray(-512);
    if (!tar.write(chunk)) await Promise.race([once(tar, 'drain'), closed]);
  }
  tar.end(null);
  return { bytes, endsInZeros: tail.every((byte) => byte === 0) };
}

/** Begins an entry; the result takes a file's bytes. */
function addEntry(header: Header, writer: TreeWriter, file: string): FileSink | undefined {
  const name = nameOf(header, 'path', header.name);
  const shown = formatBytePath(name.slice(0, 200));
  const pax = paxOf(header);
  if (Object.keys(pax).some((key) => key.startsWith('GNU.sparse.'))) {
    throw archiveInvalid(file, `its entry "${shown}" is a sparse file, which is not supported`);
  }
  const mtime = Number(pax.mtime ?? header.mtime.getTime() / 1000);
  const type: string | null | undefined = header.type;
  switch (type) {
    case 'file':
    case 'contiguous-file':
      return writer.addFile(name, { size: header.size, executable: (header.mode & 0o111) !== 0, mtime });
    case 'directory':
      writer.addDirectory(name, mtime);
      return undefined;
    case 'symlink':
      writer.addSymlink(name, nameOf(header, 'linkpath', header.linkname ?? ''));
      return undefined;
    case 'link':
      writer.addHardLink(name, nameOf(header, 'linkpath', header.linkname ?? ''));
      return undefined;
    case 'character-device':
    case 'block-device':
    case 'fifo':
      throw archiveUnsafe(file, `its entry "${shown}" is a ${type.replace('-', ' ')}`);
    default:
      throw archiveInvalid(file, `its entry "${shown}" is of a kind that is not supported`);
  }
}

/** Names from pax headers come as text, others as bytes. */
function nameOf(header: Header, key: 'path' | 'linkpath', name: string): BytePath {
  const text = paxOf(header)[key];
  return text === undefined ? (name as BytePath) : bytePathOf(text);
}

function paxOf(header: Header): Readonly<Record<string, string>> {
  return (header.pax ?? {}) as Readonly<Record<string, string>>;
}
