import { type Entry, type EntryKind, type flag, has } from '../../cvmfs/read/catalog/catalog-entry.ts';
import { formatObjectHash } from '../../cvmfs/read/format/object-hash.ts';
import { showPath } from '../../cvmfs/read/format/path-bytes.ts';

/** An entry of a repository for people and programs. */
export interface EntryFacts {
  /** Bytes that are no UTF-8 are written as `\xNN`. */
  readonly path: string;
  readonly name: string;
  readonly kind: EntryKind;
  /** Four octal digits. */
  readonly mode: string;
  readonly size: number;
  /** ISO 8601. */
  readonly modified: string;
  /** Of a link. */
  readonly target?: string;
  /** Of a file that is one object. */
  readonly hash?: string;
  /** Whether another catalog is mounted here. */
  readonly catalog: boolean;
  /** What else is marked: `chunked`, `external`, `hidden`, ... */
  readonly marks: readonly string[];
}

const marks = [
  'chunked',
  'external',
  'hidden',
  'directIo',
  'bindMountPoint',
] as const satisfies readonly (keyof typeof flag)[];

/** Describes an entry. */
export function describeEntry(entry: Entry): EntryFacts {
  const { path, name, kind, mode, size, hash, target } = entry;
  return {
    path: showPath(path),
    name: path === '' ? '/' : showPath(name),
    kind,
    mode: (mode & 0o7777).toString(8).padStart(4, '0'),
    size,
    modified: timeText(entry),
    ...(kind === 'link' ? { target: showPath(target) } : {}),
    ...(hash === undefined ? {} : { hash: formatObjectHash(hash) }),
    catalog: has(entry, 'nestedMountPoint') || has(entry, 'nestedRoot'),
    marks: marks.filter((mark) => has(entry, mark)),
  };
}

function timeText({ mtime }: Entry): string {
  const time = new Date(mtime * 1000);
  return Number.isNaN(time.getTime()) ? `${mtime} s` : time.toISOString().replace('.000Z', 'Z');
}
