import { noFragment } from './superblock.ts';

/** Set in the size of a block that is stored as it is. */
const storedRaw = 1 << 24;

/** Where the content of a file lies. It is complete when the writer of contents has finished. */
export interface StoredFile {
  readonly size: number;
  /** Of the first block, in bytes from the beginning of the file system; 0 when there is none. */
  start: number;
  /** What each block's inode word says: its size as stored, with a bit when it is not compressed; 0 for a block of zeros, which is not stored. */
  readonly blocks: readonly number[];
  /** Bytes in blocks that are not stored. */
  holes: number;
  readonly fragment: number;
  readonly fragmentOffset: number;
}

/** A file with nothing in it. */
export const emptyFile: StoredFile = {
  size: 0,
  start: 0,
  blocks: [],
  holes: 0,
  fragment: noFragment,
  fragmentOffset: 0,
};

/** The word by which an inode or the table of fragments names a block's size. */
export function blockWordOf(stored: Buffer, content: Buffer): number {
  return stored === content ? stored.length | storedRaw : stored.length;
}
