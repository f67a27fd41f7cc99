import type { ObjectDraft, PutObjects } from './put-objects.ts';

/** The two files that say which revision is published; they change together. */
export interface PublishedRevision {
  readonly manifest: Buffer;
  readonly reflog: Buffer;
}

/** A place that clients and replicas read a repository from. Objects come first and the manifest last, by one step: whoever reads sees the old revision or the new one. */
export interface RepositoryStore {
  /** For messages: a path or an address without secrets. */
  readonly location: string;

  /** Where objects are files of this machine: what looking for them from any thread needs. */
  readonly local?: LocalObjects;

  /** Whether there is an object, by its name below `data/`. */
  readonly has: (name: string) => Promise<boolean>;

  /** Stores objects, except for those that are there already, and says how many were new.
   * @throws DISK_FULL, PERMISSION_DENIED */
  readonly put: (drafts: readonly ObjectDraft[]) => Promise<PutObjects>;

  /** The bytes of an object as they are stored; the reader compares them with its hash.
   * @throws CVMFS_DAMAGED when it is missing */
  readonly read: (name: string) => Promise<Buffer>;

  /** What is published.
   * @throws CVMFS_INVALID when nothing is */
  readonly readPublished: () => Promise<PublishedRevision>;

  /** Makes sure that the objects outlast a power failure, then publishes a revision by one atomic step.
   * @throws DISK_FULL, PERMISSION_DENIED */
  readonly publish: (
    revision: PublishedRevision & { readonly number: number; readonly hasNewObjects: boolean },
  ) => Promise<void>;

  readonly readWhitelist: () => Promise<Buffer>;

  /** Replaces the whitelist by one atomic step. */
  readonly putWhitelist: (bytes: Buffer) => Promise<void>;

  /** Removes objects that no revision has ever referred to. */
  readonly removeObjects: (names: Iterable<string>) => Promise<void>;

  /** Removes what a killed process has half-written; for whoever holds the repository. */
  readonly clean: () => Promise<void>;
}

/** Objects as files of this machine. */
export interface LocalObjects {
  /** `data/` itself. */
  readonly folder: string;
  /** Where objects are written before they get their names. */
  readonly scratch: string;
  /** Where the names of new objects are noted before they are there. */
  readonly journals: string;
}
