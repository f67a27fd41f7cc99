import type { FileHandle } from 'node:fs/promises';
import type { PayloadFrame } from '../../package/archive/tar-frames.ts';
import { packageTime } from '../../package/archive/tar-header.ts';
import type { TarMember } from '../../package/archive/tar-member.ts';
import { openLayerWriter, type WrittenLayer, writeMembers } from '../../package/archive/write-layer.ts';
import { type FileSource, openFileSource } from '../../package/byte-source.ts';

/** Something in a layer that binfarm makes, by its path relative to `/`. */
export type LayerEntry = { readonly path: string } & (
  | { readonly type: 'directory'; readonly mode: number }
  | { readonly type: 'symlink'; readonly target: string }
  | { readonly type: 'hardlink'; readonly target: string; readonly mode: number }
  | {
      readonly type: 'file';
      readonly mode: number;
      readonly content: Buffer | { readonly file: string; readonly size: number };
    }
);

/** How hard layers that binfarm makes are compressed; a constant, so that the same image has the same digest wherever it is made. */
export const layerStyle = { level: 6, time: packageTime } as const;

/** Writes entries as a layer, sorted by the bytes of their paths; folders that lead to an entry and are not among them are added with mode 0755. */
export async function writeTreeLayer(file: FileHandle, entries: readonly LayerEntry[]): Promise<WrittenLayer> {
  const byName = new Map<string, LayerEntry>();
  for (const entry of entries) byName.set(entry.path, entry);
  for (const { path } of entries) for (const folder of parentsOf(path)) addFolder(byName, folder);
  const sorted = [...byName.values()].toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  // a hard link leads to an earlier member
  const ordered = [
    ...sorted.filter(({ type }) => type !== 'hardlink'),
    ...sorted.filter(({ type }) => type === 'hardlink'),
  ];
  const members = ordered.map(memberOf);
  const reader = createReader(byName);
  try {
    const writer = openLayerWriter(file, layerStyle);
    await writeMembers(writer, members, { ...layerStyle, readContent: reader.read });
    return await writer.finish(() => members);
  } finally {
    reader.close();
  }
}

function parentsOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

function addFolder(byName: Map<string, LayerEntry>, path: string): void {
  if (!byName.has(path)) byName.set(path, { path, type: 'directory', mode: 0o755 });
}

function memberOf(entry: LayerEntry): TarMember {
  const { path: name, type } = entry;
  switch (type) {
    case 'directory':
      return { name: `${name}/`, type, mode: entry.mode, size: 0, linkName: '' };
    case 'symlink':
      return { name, type, mode: 0o777, size: 0, linkName: entry.target };
    case 'hardlink':
      return { name, type, mode: entry.mode, size: 0, linkName: entry.target };
    case 'file':
      return { name, type, mode: entry.mode, size: sizeOf(entry.content), linkName: '' };
  }
}

function sizeOf(content: Buffer | { readonly size: number }): number {
  return Buffer.isBuffer(content) ? content.length : content.size;
}

/** Reads contents in the order of the members, with one file open at a time. */
function createReader(byName: ReadonlyMap<string, LayerEntry>) {
  let open: { readonly name: string; readonly source: FileSource } | undefined;
  const close = () => {
    open?.source.close();
    open = undefined;
  };
  const read = ({ member, offset, size }: PayloadFrame): Buffer => {
    const entry = byName.get(member.name);
    if (entry?.type !== 'file') throw new TypeError(`"${member.name}" has no content`);
    if (Buffer.isBuffer(entry.content)) return entry.content.subarray(offset, offset + size);
    if (open?.name !== member.name) {
      close();
      open = { name: member.name, source: openFileSource(entry.content.file) };
    }
    return open.source.read(offset, size);
  };
  return { read, close };
}
