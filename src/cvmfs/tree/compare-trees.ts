import { entriesOf } from '../catalog/counters.ts';
import type { FolderNode, MountNode, Node } from '../catalog/node.ts';
import { readTotals } from '../catalog/read-catalog.ts';
import { type ByteText, joinBytes } from '../format/byte-text.ts';
import { type CatalogReader, openFolder } from './walk-tree.ts';

/** How one entry differs between two trees. */
export interface TreeDifference {
  readonly path: ByteText;
  readonly change: 'added' | 'removed' | 'changed';
  readonly kind: Node['kind'];
  /** How many entries it is, with all below it. */
  readonly entries: number;
}

/** What differs between two trees. Catalogs that are the same are not looked into, and what is only in one of them is told as a whole. */
export async function* compareTrees(
  before: FolderNode | MountNode,
  after: FolderNode | MountNode,
  { path, reader }: { readonly path: ByteText; readonly reader: CatalogReader },
): AsyncGenerator<TreeDifference> {
  if (before.kind === 'mount' && after.kind === 'mount' && before.catalog.hash === after.catalog.hash) return;
  const [a, b] = [await opened(before, reader), await opened(after, reader)];
  for (const name of [...new Set([...a.children.keys(), ...b.children.keys()])].sort()) {
    const place = joinBytes(path, name);
    const [old, now] = [a.children.get(name), b.children.get(name)];
    if (old !== undefined && now !== undefined && isFolder(old) && isFolder(now)) {
      yield* compareTrees(old, now, { path: place, reader });
    } else if (old === undefined) yield await differenceOf(place, 'added', now!, reader);
    else if (now === undefined) yield await differenceOf(place, 'removed', old, reader);
    else if (!isSameEntry(old, now)) yield { path: place, change: 'changed', kind: now.kind, entries: 1 };
  }
}

function isFolder(node: Node): node is FolderNode | MountNode {
  return node.kind === 'folder' || node.kind === 'mount';
}

async function opened(node: FolderNode | MountNode, reader: CatalogReader): Promise<FolderNode> {
  return node.kind === 'mount' ? await openFolder(node.catalog.hash, reader) : node;
}

async function differenceOf(
  path: ByteText,
  change: 'added' | 'removed',
  node: Node,
  reader: CatalogReader,
): Promise<TreeDifference> {
  return { path, change, kind: node.kind, entries: await countOf(node, reader) };
}

async function countOf(node: Node, reader: CatalogReader): Promise<number> {
  if (node.kind === 'mount') {
    const counters = node.catalog.counters ?? readTotals(await reader.readDatabase(node.catalog.hash, 'C')).counters;
    return entriesOf(counters);
  }
  if (node.kind !== 'folder') return 1;
  let count = 1;
  for (const child of node.children.values()) count += await countOf(child, reader);
  return count;
}

function isSameEntry(a: Node, b: Node): boolean {
  if (a.kind === 'file' && b.kind === 'file') {
    return a.mode === b.mode && a.size === b.size && Buffer.compare(a.content, b.content) === 0;
  }
  if (a.kind === 'symlink' && b.kind === 'symlink') return a.target === b.target;
  return a.kind === 'special' && b.kind === 'special' && a.mode === b.mode && a.device === b.device;
}
