import { lstat, readdir, readlink } from 'node:fs/promises';
import { FarmError } from '../../../core/farm-error.ts';
import { bytePathOf, bytesOfPath, formatBytePath } from './byte-path.ts';
import { findEscapingLink } from './find-escaping-link.ts';

/** One entry of a folder that is a source. Paths and targets are byte paths, relative to the folder. */
export type TreeEntry =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | { readonly kind: 'file'; readonly path: string; readonly executable: boolean; readonly size: number };

/** Lists what counts in a folder that is a source, sorted by the bytes of the paths: files, folders and symbolic links, but nothing
 * called `.git`. Sockets, pipes and devices are passed over, as version control does.
 * @throws PATH_UNSAFE when a symbolic link leads out of the folder */
export async function listTree(folder: string): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  await listFolder(bytePathOf(folder), '', entries);
  entries.sort((a, b) => (a.path < b.path ? -1 : 1));
  const links = new Map(entries.flatMap((entry) => (entry.kind === 'symlink' ? [[entry.path, entry.target]] : [])));
  const escaping = findEscapingLink(links);
  if (escaping === undefined) return entries;
  throw new FarmError(
    'PATH_UNSAFE',
    `Cannot use folder "${folder}" as a source: its link "${formatBytePath(escaping)}" leads out of it`,
    {
      hint: 'A build sees only the folder itself: put what the link means into it',
    },
  );
}

async function listFolder(root: string, below: string, entries: TreeEntry[]): Promise<void> {
  for (const name of await readdir(bytesOfPath(`${root}/${below}`), { encoding: 'latin1' })) {
    if (name === '.git') continue;
    const path = below === '' ? name : `${below}/${name}`;
    const info = await lstat(bytesOfPath(`${root}/${path}`));
    if (info.isDirectory()) {
      entries.push({ kind: 'directory', path });
      await listFolder(root, path, entries);
    } else if (info.isSymbolicLink()) {
      entries.push({
        kind: 'symlink',
        path,
        target: await readlink(bytesOfPath(`${root}/${path}`), { encoding: 'latin1' }),
      });
    } else if (info.isFile()) {
      entries.push({ kind: 'file', path, executable: (info.mode & 0o111) !== 0, size: info.size });
    }
  }
}
