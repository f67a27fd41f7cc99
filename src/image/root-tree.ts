import type { Digest } from '../core/digest-text.ts';

/** The file system of an image before it is written: layers, the lowest first. What an upper layer has replaces what lower ones have at the same path;
 * folders are merged. */
export type RootTree = readonly RootLayer[];

/** A part of a root file system. */
export interface RootLayer {
  /** For errors: a package's name, a file. */
  readonly name: string;
  /** Gives the entries in the order of the layer. Called again where a second look is needed. The content of a file is valid until the next entry is asked for, and need not be read. */
  readonly entries: () => Iterable<RootEntry> | AsyncIterable<RootEntry>;
}

/** One entry of a layer. Paths are relative to the root, without a slash at the beginning or end, without `.` and `..`; only a folder's may be empty, which is the root itself.
 * The owner of everything is 0; folders that no entry names have mode 0755. */
export type RootEntry = RootDirectory | RootFile | RootSymlink | RootHardLink | RootRemoval;

interface EntryPlace {
  readonly path: string;
  /** In seconds; that of the image when absent. */
  readonly time?: number;
}

/** A folder. */
export interface RootDirectory extends EntryPlace {
  readonly type: 'directory';
  readonly mode: number;
}

/** A file. */
export interface RootFile extends EntryPlace {
  readonly type: 'file';
  readonly mode: number;
  readonly size: number;
  /** All of its bytes at once (up to some MiB), or part by part. The bytes belong to who takes them. */
  readonly content: Buffer | (() => AsyncIterable<Buffer>);
  /** Where it is known: a file with the same one is stored only once, and not even read. */
  readonly digest?: Digest;
}

/** A symbolic link. */
export interface RootSymlink extends EntryPlace {
  readonly type: 'symlink';
  readonly target: string;
}

/** A further name of a file that came before in the same layer. */
export interface RootHardLink extends EntryPlace {
  readonly type: 'hardlink';
  /** A path as `path` is. */
  readonly target: string;
}

/** Hides what lower layers have: the path itself, or everything in the folder that it names. */
export interface RootRemoval extends EntryPlace {
  readonly type: 'removal';
  readonly what: 'path' | 'contents';
}
