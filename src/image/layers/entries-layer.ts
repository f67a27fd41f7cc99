import type { LayerEntry } from '../oci/write-tree-layer.ts';
import type { RootEntry, RootLayer } from '../root-tree.ts';
import { openBlob } from './open-blob.ts';

/** Entries that binfarm made for a layer of an OCI image, as a layer of a file system. */
export function entriesLayer(name: string, entries: readonly LayerEntry[]): RootLayer {
  // a hard link leads to an entry before it
  const ordered = [...entries.filter(({ type }) => type !== 'hardlink'), ...entries.filter(isHardLink)];
  return { name, entries: () => ordered.map(rootEntryOf) };
}

function isHardLink({ type }: LayerEntry): boolean {
  return type === 'hardlink';
}

function rootEntryOf(entry: LayerEntry): RootEntry {
  const { path } = entry;
  switch (entry.type) {
    case 'directory':
      return { type: 'directory', path, mode: entry.mode };
    case 'symlink':
      return { type: 'symlink', path, target: entry.target };
    case 'hardlink':
      return { type: 'hardlink', path, target: entry.target };
    case 'file': {
      const { mode, content } = entry;
      if (Buffer.isBuffer(content)) return { type: 'file', path, mode, size: content.length, content };
      return { type: 'file', path, mode, size: content.size, content: () => openBlob(content.file) };
    }
  }
}
