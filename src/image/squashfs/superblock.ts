/** Bytes of a file that are compressed together. */
export const dataBlockSize = 131_072;

/** Bytes that the superblock takes, at the beginning. */
export const superblockSize = 96;

/** Stands for a table or fragment that is not there. */
export const noFragment = 0xffff_ffff;

const magic = 0x7371_7368;
const zlibCompressor = 1;
/** No extended attributes; files with equal contents share them. */
const flags = 0x0200 | 0x0040;
const noTable = 0xffff_ffff_ffff_ffffn;

/** Where the tables lie, in bytes from the beginning of the file system, and what they hold. */
export interface SquashfsLayout {
  readonly inodes: number;
  readonly fragments: number;
  /** In seconds. */
  readonly time: number;
  /** Of the root folder. */
  readonly rootReference: bigint;
  readonly inodeTable: number;
  readonly directoryTable: number;
  readonly fragmentTable: number;
  readonly idTable: number;
  readonly bytesUsed: number;
}

/** Formats the superblock of a squashfs 4.0 file system with zlib, one owner and no extended attributes.
 * The format: https://www.kernel.org/doc/html/latest/filesystems/squashfs.html */
export function formatSuperblock(layout: SquashfsLayout): Buffer {
  const block = Buffer.alloc(superblockSize);
  block.writeUInt32LE(magic, 0);
  block.writeUInt32LE(layout.inodes, 4);
  block.writeUInt32LE(layout.time, 8);
  block.writeUInt32LE(dataBlockSize, 12);
  block.writeUInt32LE(layout.fragments, 16);
  block.writeUInt16LE(zlibCompressor, 20);
  block.writeUInt16LE(Math.log2(dataBlockSize), 22);
  block.writeUInt16LE(flags, 24);
  block.writeUInt16LE(1, 26);
  block.writeUInt16LE(4, 28);
  block.writeUInt16LE(0, 30);
  block.writeBigUInt64LE(layout.rootReference, 32);
  block.writeBigUInt64LE(BigInt(layout.bytesUsed), 40);
  block.writeBigUInt64LE(BigInt(layout.idTable), 48);
  block.writeBigUInt64LE(noTable, 56);
  block.writeBigUInt64LE(BigInt(layout.inodeTable), 64);
  block.writeBigUInt64LE(BigInt(layout.directoryTable), 72);
  block.writeBigUInt64LE(BigInt(layout.fragmentTable), 80);
  block.writeBigUInt64LE(noTable, 88);
  return block;
}
