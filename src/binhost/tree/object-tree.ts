import type { Digest } from '../../core/digest-text.ts';
import type { BlobSource, ManifestSource } from '../depot.ts';

/** Where a binhost is a tree of named objects: files of a directory, paths of a web server, keys of a bucket. */
export interface ObjectTree {
  readonly location: string;
  /** The whole of a small object; undefined when there is none.
   * @throws BINHOST_UNAVAILABLE when it has more than `limit` bytes */
  readonly read: (key: string, limit: number) => Promise<Buffer | undefined>;
  /** Its size in bytes; undefined when there is none. */
  readonly sizeOf: (key: string) => Promise<number | undefined>;
  /** The bytes of an object that has `size` of them, from an offset on. */
  readonly open: (key: string, range: { readonly size: number; readonly from: number }) => AsyncIterable<Buffer>;
  /** The object's path, where it is a file of this machine. */
  readonly pathOf?: (key: string) => string;
  /** The names directly below a folder; absent where a tree cannot tell. */
  readonly names?: (folder: string) => Promise<readonly string[]>;
  readonly writer?: TreeWriter;
}

/** How a tree is changed. */
export interface TreeWriter {
  /** Writes an object whole or not at all, replacing one of that name. */
  readonly write: (key: string, source: ManifestSource) => Promise<void>;
  /** As `write`, for what can be made again: after a power failure it may be empty. */
  readonly writeDerived: (key: string, source: ManifestSource) => Promise<void>;
  /** As `write`, if what is there now has that digest, or is nothing for `undefined`; else false. */
  readonly writeIf: (key: string, source: ManifestSource, expected: Digest | undefined) => Promise<boolean>;
  /** Writes a blob whole or not at all, after comparing what it wrote with the digest. */
  readonly place: (key: string, blob: BlobSource) => Promise<void>;
  /** False when there was none. */
  readonly remove: (key: string) => Promise<boolean>;
  /** Runs `work` while nobody else changes what is below a folder, as far as the tree can promise that. */
  readonly exclusively: <Result>(folder: string, work: () => Promise<Result>) => Promise<Result>;
  /** True when an object is old enough that nobody can be about to refer to it. */
  readonly isSettled: (key: string) => Promise<boolean>;
}
