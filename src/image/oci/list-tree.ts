import type { Stats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { LayerEntry } from './write-tree-layer.ts';

/** How a folder becomes entries of a layer. */
export interface TreeOptions {
  /** Where it is to lie, relative to `/`; empty for the root. */
  readonly place: string;
  /** False leaves something out, with all below it; paths are relative to the folder. */
  readonly isWanted?: (path: string) => boolean;
  readonly modeOf: (path: string, stats: Stats) => number;
}

/** Lists a folder as entries of a layer, without itself; files are read when the layer is written. Of names of one file, all but the first are hard links. Sockets and devices are left out. */
export async function listTree(folder: string, options: TreeOptions): Promise<readonly LayerEntry[]> {
  const entries: LayerEntry[] = [];
  const seen = new Map<number, string>();
  const visit = async (below: string): Promise<void> => {
    for (const name of (await readdir(join(folder, below))).toSorted()) {
      const path = below === '' ? name : `${below}/${name}`;
      if (options.isWanted?.(path) === false) continue;
      const stats = await lstat(join(folder, path));
      const at = options.place === '' ? path : `${options.place}/${path}`;
      entries.push(
        ...(await entriesOf(join(folder, path), stats, { path: at, mode: options.modeOf(path, stats), seen })),
      );
      if (stats.isDirectory()) await visit(path);
    }
  };
  await visit('');
  return entries;
}

async function entriesOf(
  file: string,
  stats: Stats,
  { path, mode, seen }: { readonly path: string; readonly mode: number; readonly seen: Map<number, string> },
): Promise<readonly LayerEntry[]> {
  if (stats.isDirectory()) return [{ path, type: 'directory', mode }];
  if (stats.isSymbolicLink()) return [{ path, type: 'symlink', target: await readlink(file) }];
  if (!stats.isFile()) return [];
  const first = stats.nlink > 1 ? seen.get(stats.ino) : undefined;
  if (first !== undefined) return [{ path, type: 'hardlink', target: first, mode }];
  seen.set(stats.ino, path);
  return [{ path, type: 'file', mode, content: { file, size: stats.size } }];
}
