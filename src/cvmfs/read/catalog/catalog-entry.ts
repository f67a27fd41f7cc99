import type { HashAlgorithm, ObjectHash } from '../format/object-hash.ts';
import type { PathBytes } from '../format/path-bytes.ts';

/** What an entry is. */
export type EntryKind = 'folder' | 'file' | 'link' | 'pipe' | 'socket' | 'block device' | 'character device';

/** One row of a catalog. */
export interface Entry {
  readonly path: PathBytes;
  readonly name: PathBytes;
  readonly kind: EntryKind;
  /** With the bits of the kind, as `stat` gives it. */
  readonly mode: number;
  /** Of a file: unpacked. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly mtimeNanoseconds: number | undefined;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  /** Files of one folder with the same group above 0 are one file. */
  readonly linkGroup: number;
  /** Absent for a file in chunks, and for what is no file. */
  readonly hash: ObjectHash | undefined;
  readonly algorithm: HashAlgorithm;
  readonly isCompressed: boolean;
  /** Of a link, as it is written. */
  readonly target: PathBytes;
  readonly xattrs: Uint8Array | undefined;
  readonly flags: number;
  readonly rowid: bigint;
}

/** The bits of an entry's flags. */
export const flag = {
  folder: 1,
  nestedMountPoint: 2,
  file: 4,
  link: 8,
  special: 16,
  nestedRoot: 32,
  chunked: 64,
  external: 128,
  bindMountPoint: 0x4000,
  hidden: 0x8000,
  directIo: 0x10000,
} as const;

/** Whether an entry has a bit in its flags. */
export function has(entry: Pick<Entry, 'flags'>, bit: keyof typeof flag): boolean {
  return (entry.flags & flag[bit]) !== 0;
}
