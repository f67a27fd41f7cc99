import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { comparePaths } from './manifest/safe-path.ts';

/** What lies in a built prefix. `other` is what no package can have: devices, sockets, pipes. */
export interface PrefixEntry {
  /** Below the prefix. */
  readonly path: string;
  readonly type: 'directory' | 'file' | 'symlink' | 'hardlink' | 'other';
  /** All permission bits. */
  readonly mode: number;
  readonly size: number;
  /** Of a symbolic link, as it is written; of a hard link, the path below the prefix that comes first. */
  readonly target: string;
  /** The name, or the target of the link, is not UTF-8. */
  readonly isForeign: boolean;
}

/** Lists everything in a prefix by the order of the paths' bytes. Follows no link. */
export function listPrefix(prefix: string): PrefixEntry[] {
  const found: Found[] = [];
  listFolder(prefix, '', found);
  found.sort((a, b) => comparePaths(a.path, b.path));
  const firstPaths = new Map<string, string>();
  return found.map(({ inode, ...entry }) => {
    if (inode === undefined) return entry;
    const first = firstPaths.get(inode);
    if (first !== undefined) return { ...entry, type: 'hardlink', size: 0, target: first };
    firstPaths.set(inode, entry.path);
    return entry;
  });
}

type Found = PrefixEntry & { readonly inode: string | undefined };

function listFolder(prefix: string, folder: string, found: Found[]): void {
  for (const name of readdirSync(join(prefix, folder), { encoding: 'buffer' })) {
    const text = name.toString();
    const path = folder === '' ? text : `${folder}/${text}`;
    if (!Buffer.from(text).equals(name)) {
      found.push({ path, type: 'other', mode: 0, size: 0, target: '', isForeign: true, inode: undefined });
      continue;
    }
    const entry = describe(prefix, path);
    found.push(entry);
    if (entry.type === 'directory') listFolder(prefix, path, found);
  }
}

function describe(prefix: string, path: string): Found {
  const stat = lstatSync(join(prefix, path));
  const common = { path, mode: stat.mode & 0o7777, size: 0, target: '', isForeign: false, inode: undefined };
  if (stat.isDirectory()) return { ...common, type: 'directory' };
  if (stat.isFile()) {
    const inode = stat.nlink > 1 ? `${stat.dev}:${stat.ino}` : undefined;
    return { ...common, type: 'file', size: stat.size, inode };
  }
  if (!stat.isSymbolicLink()) return { ...common, type: 'other' };
  const bytes = readlinkSync(join(prefix, path), { encoding: 'buffer' });
  const target = bytes.toString();
  return { ...common, type: 'symlink', target, isForeign: !Buffer.from(target).equals(bytes) };
}
