import type { FolderNode, Node } from '../catalog/node.ts';
import type { ByteText } from '../format/byte-text.ts';
import type { CatalogReason, PlanFolder } from './plan-catalogs.ts';
import type { TreeSource } from './tree-source.ts';

interface MemoryFolder extends PlanFolder {
  readonly node: FolderNode;
  readonly folders: readonly MemoryFolder[];
}

/** A tree that is in memory, with all its contents stored, as a source: a package, or a release's views.
 * @param reason why its top is to have a catalog of its own; absent leaves it to its size */
export function memorySource(top: FolderNode, reason?: CatalogReason): TreeSource<MemoryFolder> {
  const wrap = (name: ByteText, node: FolderNode, own?: CatalogReason): MemoryFolder => {
    const folders = [...node.children].flatMap(([child, item]) => (item.kind === 'folder' ? [wrap(child, item)] : []));
    return { name, node, entries: node.children.size, folders, ...(own === undefined ? {} : { reason: own }) };
  };
  return {
    root: wrap('' as ByteText, top, reason),
    printOf: () => undefined,
    list: ({ node }) => ({
      mode: node.mode,
      mtime: node.mtime,
      nodes: [...node.children].filter(
        (item): item is [ByteText, Exclude<Node, { kind: 'folder' | 'mount' }>] =>
          !['folder', 'mount'].includes(item[1].kind),
      ),
      pending: [],
      settle: () => {},
    }),
  };
}
