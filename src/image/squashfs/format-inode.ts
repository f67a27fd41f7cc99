import type { StoredFile } from './stored-file.ts';
import { noFragment } from './superblock.ts';

/** What every inode has. */
export interface InodeHead {
  readonly mode: number;
  /** In seconds. */
  readonly time: number;
  readonly number: number;
}

/** The kinds that a folder's listing tells apart; an inode's own kind may be the extended form of it. */
export const inodeKinds = { directory: 1, file: 2, symlink: 3 } as const;

const extendedDirectory = 8;
const extendedFile = 9;
const headSize = 16;
const noAttributes = 0xffff_ffff;

/** An entry of a large folder's index: the run at this place of the listing begins with this name. */
export interface DirectoryIndexEntry {
  /** From the beginning of the folder's listing. */
  readonly position: number;
  /** The block of the directory table in which the run begins. */
  readonly block: number;
  /** A byte string. */
  readonly name: string;
}

/** What the inode of a folder says of its listing. */
export interface DirectoryContents {
  readonly block: number;
  readonly offset: number;
  /** Of the listing, in bytes. */
  readonly size: number;
  /** How many folders are in it. */
  readonly folders: number;
  readonly parent: number;
  readonly index: readonly DirectoryIndexEntry[];
}

/** Formats the inode of a folder: in the extended form, with its index, where the listing is too large for the short one. */
export function formatDirectoryInode(head: InodeHead, contents: DirectoryContents): Buffer {
  const size = contents.size + 3; // the "." and ".." that no listing has
  if (size <= 0xffff) {
    const inode = formatHead(inodeKinds.directory, head, 32);
    inode.writeUInt32LE(contents.block, 16);
    inode.writeUInt32LE(contents.folders + 2, 20);
    inode.writeUInt16LE(size, 24);
    inode.writeUInt16LE(contents.offset, 26);
    inode.writeUInt32LE(contents.parent, 28);
    return inode;
  }
  const inode = formatHead(extendedDirectory, head, 40);
  inode.writeUInt32LE(contents.folders + 2, 16);
  inode.writeUInt32LE(size, 20);
  inode.writeUInt32LE(contents.block, 24);
  inode.writeUInt32LE(contents.parent, 28);
  inode.writeUInt16LE(contents.index.length, 32);
  inode.writeUInt16LE(contents.offset, 34);
  inode.writeUInt32LE(noAttributes, 36);
  return Buffer.concat([inode, ...contents.index.map(formatIndexEntry)]);
}

function formatIndexEntry({ position, block, name }: DirectoryIndexEntry): Buffer {
  const entry = Buffer.alloc(12 + name.length);
  entry.writeUInt32LE(position, 0);
  entry.writeUInt32LE(block, 4);
  entry.writeUInt32LE(name.length - 1, 8);
  entry.write(name, 12, 'latin1');
  return entry;
}

/** Formats the inode of a file: in the extended form where it has several names, holes, or numbers over 32 bits. */
export function formatFileInode(head: InodeHead, file: StoredFile, links: number): Buffer {
  const isPlain = links === 1 && file.holes === 0 && file.size <= 0xffff_ffff && file.start <= 0xffff_ffff;
  const size = isPlain ? 32 : 56;
  const inode = formatHead(isPlain ? inodeKinds.file : extendedFile, head, size + file.blocks.length * 4);
  if (isPlain) {
    inode.writeUInt32LE(file.start, 16);
    inode.writeUInt32LE(file.fragment, 20);
    inode.writeUInt32LE(file.fragment === noFragment ? 0 : file.fragmentOffset, 24);
    inode.writeUInt32LE(file.size, 28);
  } else {
    inode.writeBigUInt64LE(BigInt(file.start), 16);
    inode.writeBigUInt64LE(BigInt(file.size), 24);
    inode.writeBigUInt64LE(BigInt(file.holes), 32);
    inode.writeUInt32LE(links, 40);
    inode.writeUInt32LE(file.fragment, 44);
    inode.writeUInt32LE(file.fragment === noFragment ? 0 : file.fragmentOffset, 48);
    inode.writeUInt32LE(noAttributes, 52);
  }
  for (const [index, word] of file.blocks.entries()) inode.writeUInt32LE(word, size + index * 4);
  return inode;
}

/** Formats the inode of a symbolic link. */
export function formatSymlinkInode(head: InodeHead, target: string, links: number): Buffer {
  const inode = formatHead(inodeKinds.symlink, head, 24 + target.length);
  inode.writeUInt32LE(links, 16);
  inode.writeUInt32LE(target.length, 20);
  inode.write(target, 24, 'latin1');
  return inode;
}

/** The owner and group are the first of the table of owners. */
function formatHead(kind: number, { mode, time, number }: InodeHead, size: number): Buffer {
  const inode = Buffer.alloc(Math.max(size, headSize));
  inode.writeUInt16LE(kind, 0);
  inode.writeUInt16LE(mode, 2);
  inode.writeUInt32LE(time, 8);
  inode.writeUInt32LE(number, 12);
  return inode;
}
