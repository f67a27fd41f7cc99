import { mergeTree } from '../merge-tree.ts';
import type { RootFile, RootTree } from '../root-tree.ts';
import { writeNewFile } from '../write-new-file.ts';
import { type BlockOutput, writeAll } from './block-writer.ts';
import { createContentWriter } from './content-writer.ts';
import { formatTables } from './format-tables.ts';
import { numberTree } from './number-tree.ts';
import { formatSuperblock, superblockSize } from './superblock.ts';

/** How a file system is written. */
export interface SquashfsOptions {
  /** Of the file system, and of everything that states none: seconds, SOURCE_DATE_EPOCH. */
  readonly time: number;
  /** Of zlib, 1 to 9; 6 by default. */
  readonly level?: number;
  /** Told after each file how many have been stored, and how many bytes they have. */
  readonly onFile?: (files: number, bytes: number) => void;
  /** Ends the writing with its reason. */
  readonly signal?: AbortSignal;
}

/** A file system that was written. */
export interface WrittenSquashfs {
  /** In bytes, a multiple of 4096. */
  readonly size: number;
  readonly inodes: number;
}

const defaultLevel = 6;
const padTo = 4096;

/** Writes a tree as a squashfs 4.0 file system to a new file, which appears under its name only when it is whole and on the disk; one that exists is replaced.
 * Equal trees and options have equal bytes. Memory does not depend on the size of files; some hundred bytes are kept of each.
 * @throws DISK_FULL, PERMISSION_DENIED; what `mergeTree` throws, and what the layers throw */
export async function writeSquashfs(
  tree: RootTree,
  output: string,
  options: SquashfsOptions,
): Promise<WrittenSquashfs> {
  return await writeNewFile(output, 0o644, (file) =>
    writeSquashfsInto(tree, { descriptor: file.fd, offset: 0 }, options),
  );
}

/** Writes a tree as a squashfs file system into a part of an open file, from an offset to the end. */
export async function writeSquashfsInto(
  tree: RootTree,
  output: BlockOutput,
  options: SquashfsOptions,
): Promise<WrittenSquashfs> {
  const contents = createContentWriter(output, { start: superblockSize, level: options.level ?? defaultLevel });
  let files = 0;
  let bytes = 0;
  const store = async (file: RootFile) => {
    options.signal?.throwIfAborted();
    const stored = await contents.add(file);
    files++;
    bytes += file.size;
    options.onFile?.(files, bytes);
    return stored;
  };
  try {
    const root = await mergeTree(tree, store);
    const { end, fragments } = await contents.finish();
    const tables = formatTables({ tree: numberTree(root), fragments, start: end, time: options.time });
    const { bytesUsed, inodes } = tables.layout;
    const size = Math.ceil(bytesUsed / padTo) * padTo;
    writeAll(output, [...tables.bytes, Buffer.alloc(size - bytesUsed)], end);
    writeAll(output, [formatSuperblock(tables.layout)], 0);
    return { size, inodes };
  } finally {
    await contents.close();
  }
}
