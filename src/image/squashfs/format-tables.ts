import type { Fragment } from './content-writer.ts';
import { type ListedEntry, writeListing } from './directory-listing.ts';
import {
  formatDirectoryInode,
  formatFileInode,
  formatSymlinkInode,
  type InodeHead,
  inodeKinds,
} from './format-inode.ts';
import { createMetadataTable, formatIndexedTable, type MetadataPlace, type MetadataTable } from './metadata-table.ts';
import { isNumberedDirectory, type NumberedDirectory, type NumberedNode, type NumberedTree } from './number-tree.ts';
import type { SquashfsLayout } from './superblock.ts';

/** What follows the contents of files, and what the superblock says of it. */
export interface FormattedTables {
  readonly bytes: readonly Buffer[];
  readonly layout: SquashfsLayout;
}

/** What tables are made of. */
export interface TablesRequest {
  readonly tree: NumberedTree;
  readonly fragments: readonly Fragment[];
  /** Where the tables begin in the file system. */
  readonly start: number;
  /** Of the file system, and of what states none, in seconds. */
  readonly time: number;
}

/** Formats the tables of inodes, folders, fragments and owners. */
export function formatTables({ tree, fragments, start, time }: TablesRequest): FormattedTables {
  const tables: OpenTables = { inodes: createMetadataTable(), directories: createMetadataTable(), time };
  // the root's parent is a number that no inode has
  const root = writeDirectory(tables, tree.root, tree.inodes + 1);
  const inodes = tables.inodes.finish().bytes;
  const directories = tables.directories.finish().bytes;
  const directoryTable = start + inodes.length;
  const fragmentTable = formatIndexedTable(formatFragments(fragments), directoryTable + directories.length);
  const idStart = directoryTable + directories.length + fragmentTable.bytes.length;
  const idTable = formatIndexedTable(Buffer.alloc(4), idStart);
  return {
    bytes: [inodes, directories, fragmentTable.bytes, idTable.bytes],
    layout: {
      inodes: tree.inodes,
      fragments: fragments.length,
      time,
      rootReference: (BigInt(root.block) << 16n) | BigInt(root.offset),
      inodeTable: start,
      directoryTable,
      fragmentTable: fragmentTable.index,
      idTable: idTable.index,
      bytesUsed: idStart + idTable.bytes.length,
    },
  };
}

interface OpenTables {
  readonly inodes: MetadataTable;
  readonly directories: MetadataTable;
  readonly time: number;
}

/** Writes what is below a folder first, because its listing says where that lies; and folders before files, so that files of one folder are together. */
function writeDirectory(tables: OpenTables, directory: NumberedDirectory, parent: number): MetadataPlace {
  let folders = 0;
  for (const { inode } of directory.children) {
    if (!isNumberedDirectory(inode)) continue;
    folders++;
    writeDirectory(tables, inode, directory.number);
  }
  for (const { inode } of directory.children) if (!isNumberedDirectory(inode)) writeFile(tables, inode);
  const listing = writeListing(
    tables.directories,
    directory.children.map(({ name, inode }) => listedEntry(name, inode)),
  );
  directory.place = tables.inodes.place();
  const contents = { ...listing, folders, parent };
  tables.inodes.append(formatDirectoryInode(headOf(tables, directory, directory.node.mode), contents));
  return directory.place;
}

function writeFile(tables: OpenTables, inode: NumberedNode): void {
  if (inode.place !== undefined) return; // another name of it came before
  const { node, links } = inode;
  inode.place = tables.inodes.place();
  if (node.type === 'file') {
    tables.inodes.append(formatFileInode(headOf(tables, inode, node.mode), node.data, links));
  } else if (node.type === 'symlink') {
    tables.inodes.append(formatSymlinkInode(headOf(tables, inode, 0o777), node.target, links));
  }
}

function headOf({ time }: OpenTables, { node, number }: NumberedNode, mode: number): InodeHead {
  return { mode, time: Math.min(Math.max(Math.trunc(node.time ?? time), 0), 0xffff_ffff), number };
}

function listedEntry(name: string, { node, number, place }: NumberedNode): ListedEntry {
  return { name, kind: inodeKinds[node.type], number, place: place as MetadataPlace };
}

function formatFragments(fragments: readonly Fragment[]): Buffer {
  const table = Buffer.alloc(fragments.length * 16);
  for (const [index, { position, word }] of fragments.entries()) {
    table.writeBigUInt64LE(BigInt(position), index * 16);
    table.writeUInt32LE(word, index * 16 + 8);
  }
  return table;
}
