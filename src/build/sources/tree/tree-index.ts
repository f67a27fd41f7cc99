import { archiveInvalid, archiveUnsafe } from '../archive/archive-error.ts';
import type { ArchiveLimits } from '../archive/archive-limits.ts';
import { bytePathOf, formatBytePath } from './byte-path.ts';

/** What a path of a tree is. */
export type TreeEntryKind = 'file' | 'directory' | 'symlink';

/** What is known of a tree while it is written; every rule about names is here, without I/O. */
export interface TreeIndex {
  /** The archive, for messages. */
  readonly file: string;
  readonly limits: ArchiveLimits;
  readonly kinds: Map<string, TreeEntryKind>;
  /** Targets of symbolic links, by path. */
  readonly links: Map<string, string>;
  /** First names of all paths; only whether there is one or more is of interest. */
  readonly tops: Set<string>;
  entries: number;
  bytes: number;
}

/** An index of nothing. */
export function createTreeIndex(file: string, limits: ArchiveLimits): TreeIndex {
  return { file, limits, kinds: new Map(), links: new Map(), tops: new Set(), entries: 0, bytes: 0 };
}

/** Where an entry goes, and the folders that have to be made for it, outermost first. */
export interface Placement {
  /** Relative, without `.` and `..`; empty for the tree's own folder. */
  readonly path: string;
  readonly missing: readonly string[];
  /** What has been at that path so far. */
  readonly before: TreeEntryKind | undefined;
}

/** Checks an entry's name and counts it.
 * @throws ARCHIVE_UNSAFE, ARCHIVE_INVALID */
export function placeEntry(index: TreeIndex, name: string, kind: TreeEntryKind): Placement {
  index.entries += 1;
  if (index.entries > index.limits.entries) {
    throw archiveUnsafe(index.file, `it has more than ${index.limits.entries} entries`);
  }
  const parts = entryParts(index, name);
  const path = parts.join('/');
  const missing = missingParents(index, parts);
  const before = index.kinds.get(path);
  if (before !== undefined && before !== kind && (before === 'directory' || kind === 'directory')) {
    throw archiveInvalid(index.file, `"${formatBytePath(path)}" is both a folder and not one`);
  }
  for (const parent of missing) index.kinds.set(parent, 'directory');
  if (path !== '') {
    index.kinds.set(path, kind);
    if (index.tops.size < 2) index.tops.add(parts[0]!);
  }
  return { path, missing, before };
}

/** Counts the bytes of a file before they are written.
 * @throws ARCHIVE_UNSAFE */
export function countBytes(index: TreeIndex, bytes: number): void {
  index.bytes += bytes;
  if (index.bytes > index.limits.bytes)
    throw archiveUnsafe(index.file, `it unpacks to more than ${index.limits.bytes} bytes`);
}

/** The parts of an entry's name, which has to stay below its folder.
 * @throws ARCHIVE_UNSAFE */
export function entryParts(index: TreeIndex, name: string): string[] {
  const unsafe = (state: string) =>
    archiveUnsafe(index.file, `its entry "${formatBytePath(name.slice(0, 200))}" ${state}`);
  if (name.length > index.limits.pathBytes) throw unsafe(`has a name longer than ${index.limits.pathBytes} bytes`);
  if (name.startsWith('/')) throw unsafe('has an absolute path');
  if (name.includes('\0')) throw unsafe('has a name with a zero byte');
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw unsafe('would leave its folder');
  if (parts.some((part) => part.length > 255)) throw unsafe('has a name longer than 255 bytes');
  return parts;
}

/** The tree's one top folder, if there is nothing beside it and its name is text. */
export function topFolderOf(index: TreeIndex): string | undefined {
  const [top] = index.tops;
  if (top === undefined || index.tops.size > 1 || index.kinds.get(top) !== 'directory') return undefined;
  return bytePathOf(formatBytePath(top)) === top ? top : undefined;
}

function missingParents(index: TreeIndex, parts: readonly string[]): string[] {
  const missing: string[] = [];
  for (let depth = parts.length - 1; depth > 0; depth -= 1) {
    const parent = parts.slice(0, depth).join('/');
    const kind = index.kinds.get(parent);
    if (kind === 'directory') break;
    if (kind === undefined) {
      missing.unshift(parent);
      continue;
    }
    const path = formatBytePath(parts.join('/'));
    if (kind === 'file') throw archiveInvalid(index.file, `its entry "${path}" is below a file`);
    throw archiveUnsafe(index.file, `its entry "${path}" goes through the symbolic link "${formatBytePath(parent)}"`);
  }
  return missing;
}
