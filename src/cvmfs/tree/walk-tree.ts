import { type FolderNode, type MountNode, markerName, type Node } from '../catalog/node.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import { type ByteText, joinBytes } from '../format/byte-text.ts';
import type { ContentHash } from '../format/content-hash.ts';
import type { RevisionWork } from '../revision/revision-work.ts';

/** What is needed to look into catalogs. */
export type CatalogReader = Pick<RevisionWork, 'readDatabase'>;

/** An entry with its path in the repository. */
export interface WalkedEntry {
  readonly path: ByteText;
  readonly node: Node;
}

/** Opens the folder that a catalog begins with. */
export async function openFolder(hash: ContentHash, reader: CatalogReader): Promise<FolderNode> {
  const { root } = readCatalog(await reader.readDatabase(hash, 'C'));
  root.children.delete(markerName);
  return root;
}

/** Everything below a folder, through all catalogs, sorted within each folder; one catalog of each level is in memory. */
export async function* walkTree(
  node: FolderNode | MountNode,
  path: ByteText,
  reader: CatalogReader,
): AsyncGenerator<WalkedEntry> {
  const folder = node.kind === 'mount' ? await openFolder(node.catalog.hash, reader) : node;
  for (const name of [...folder.children.keys()].sort()) {
    const child = folder.children.get(name)!;
    const place = joinBytes(path, name);
    yield { path: place, node: child };
    if (child.kind === 'folder' || child.kind === 'mount') yield* walkTree(child, place, reader);
  }
}
