import type { DirectoryNode, FileNode, RootNode, SymlinkNode } from '../root-node.ts';
import type { MetadataPlace } from './metadata-table.ts';
import type { StoredFile } from './stored-file.ts';

/** The inode of something in the tree; one for all hard links of a file. */
export interface NumberedNode {
  readonly node: RootNode<StoredFile>;
  readonly number: number;
  /** How many names it has. */
  links: number;
  /** Where its inode lies, once it is written. */
  place: MetadataPlace | undefined;
}

/** A folder with what is in it, sorted by the bytes of the names. */
export interface NumberedDirectory extends NumberedNode {
  readonly node: DirectoryNode<StoredFile>;
  readonly children: readonly NumberedChild[];
}

/** A name in a folder. */
export interface NumberedChild {
  readonly name: string;
  readonly inode: NumberedNode | NumberedDirectory;
}

/** A tree of which every inode has its number. */
export interface NumberedTree {
  readonly root: NumberedDirectory;
  /** How many there are; the numbers begin with 1. */
  readonly inodes: number;
}

/** Gives every inode a number, counts names, and sorts folders. What is in one folder and is no folder has consecutive numbers, which keeps listings short. */
export function numberTree(root: DirectoryNode<StoredFile>): NumberedTree {
  const linked = new Map<RootNode<StoredFile>, NumberedNode>();
  let count = 0;
  const numberFile = (node: FileNode<StoredFile> | SymlinkNode): NumberedNode => {
    const known = node.linked ? linked.get(node) : undefined;
    if (known !== undefined) {
      known.links++;
      return known;
    }
    const inode: NumberedNode = { node, number: ++count, links: 1, place: undefined };
    if (node.linked) linked.set(node, inode);
    return inode;
  };
  const numberDirectory = (node: DirectoryNode<StoredFile>): NumberedDirectory => {
    const number = ++count;
    const names = [...node.children].toSorted(([a], [b]) => (a < b ? -1 : 1));
    const plain = new Map<string, NumberedNode>();
    for (const [name, child] of names) if (child.type !== 'directory') plain.set(name, numberFile(child));
    const children = names.map(([name, child]) => ({
      name,
      inode: child.type === 'directory' ? numberDirectory(child) : plain.get(name)!,
    }));
    return { node, number, links: 1, place: undefined, children };
  };
  const numbered = numberDirectory(root);
  return { root: numbered, inodes: count };
}

/** True for the inode of a folder. */
export function isNumberedDirectory(inode: NumberedNode): inode is NumberedDirectory {
  return inode.node.type === 'directory';
}
