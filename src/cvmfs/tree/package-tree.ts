import type { FolderNode, Node } from '../catalog/node.ts';
import type { StoredPackageTree } from '../content/store-package.ts';
import { type ByteText, byteTextOf } from '../format/byte-text.ts';
import { publicModeOf } from './tree-source.ts';

/** The tree of a package whose files are stored. */
export function treeOfPackage({ entries, time }: StoredPackageTree): FolderNode {
  const root = folderOf(0o755, time);
  for (const entry of entries) {
    const parts = entry.path.split('/').map(byteTextOf);
    const parent = parts.slice(0, -1).reduce((folder, part) => enter(folder, part, time), root);
    parent.children.set(parts.at(-1)!, nodeOf(entry, time));
  }
  return root;
}

/** An empty folder. */
export function folderOf(mode: number, mtime: number): FolderNode {
  return { kind: 'folder', mode: publicModeOf(mode, true), mtime, children: new Map() };
}

/** The folder of a name in another, which is made where it is missing. */
export function enter(folder: FolderNode, name: ByteText, time: number): FolderNode {
  const there = folder.children.get(name);
  if (there?.kind === 'folder') return there;
  const made = folderOf(0o755, time);
  folder.children.set(name, made);
  return made;
}

function nodeOf(entry: StoredPackageTree['entries'][number], mtime: number): Node {
  if (entry.kind === 'folder') return folderOf(entry.mode, mtime);
  if (entry.kind === 'symlink') return { kind: 'symlink', mtime, target: byteTextOf(entry.target) };
  return { kind: 'file', mode: publicModeOf(entry.mode, false), mtime, size: entry.size, content: entry.content };
}
