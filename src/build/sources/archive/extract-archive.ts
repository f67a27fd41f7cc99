import { createTreeWriter, type TreeWriter } from '../tree/tree-writer.ts';
import { archiveInvalid, translateArchiveError } from './archive-error.ts';
import { readArchiveKind } from './archive-kind.ts';
import type { ArchiveLimits } from './archive-limits.ts';
import { decompress } from './decompress.ts';
import { readTar } from './read-tar.ts';
import { readZip } from './read-zip.ts';

/** What unpacking needs beside the archive. */
export interface ExtractContext {
  /** The archive's name, for messages. */
  readonly file: string;
  readonly limits: ArchiveLimits;
  /** Whether a single top folder is left out. */
  readonly strip: boolean;
  readonly signal?: AbortSignal;
}

/** What was unpacked. */
export interface ExtractedTree {
  /** The archive's single top folder, when it was asked to be left out: the tree is in it. */
  readonly top: string | undefined;
  readonly entries: number;
  readonly bytes: number;
}

/** Unpacks an archive of any kind into a new, empty folder.
 * @throws ARCHIVE_INVALID, ARCHIVE_UNSAFE, DISK_FULL, TOOL_MISSING; the folder then holds a part of it */
export async function extractArchive(path: string, folder: string, context: ExtractContext): Promise<ExtractedTree> {
  return await writeTree(folder, context, async (writer) => {
    const kind = await readArchiveKind(path);
    if (kind === undefined)
      throw archiveInvalid(context.file, 'it is no tar archive (plain, gzip, bzip2, xz or zstd) and no zip archive');
    if (kind === 'zip') return await readZip(path, writer, context);
    return await readTar(decompress(path, kind, context), writer, { ...context, maxBytes: context.limits.bytes });
  });
}

/** Unpacks a tar stream that a program writes. */
export async function extractTarStream(
  input: AsyncIterable<Uint8Array>,
  folder: string,
  context: ExtractContext,
): Promise<ExtractedTree> {
  return await writeTree(folder, context, (writer) =>
    readTar(input, writer, { ...context, maxBytes: context.limits.bytes }),
  );
}

async function writeTree(
  folder: string,
  context: ExtractContext,
  read: (writer: TreeWriter) => Promise<void>,
): Promise<ExtractedTree> {
  const writer = createTreeWriter(folder, context.file, context.limits);
  try {
    await read(writer);
    return writer.finish(context.strip);
  } catch (error) {
    writer.abort();
    context.signal?.throwIfAborted();
    throw translateArchiveError(error, context.file);
  }
}
