/** A file of a repository that was found and not read yet. Either `chunks` is read to its end or left, or `discard` is called. */
export interface FoundFile {
  /** In bytes; undefined when the server does not tell. */
  readonly size: number | undefined;
  readonly chunks: () => AsyncIterable<Buffer>;
  readonly discard: () => Promise<void>;
}

/** A file below `data/` of a folder. */
export interface StoredFile {
  /** Its path in the repository. */
  readonly key: string;
  /** What a store must not have there; absent for a plain file in its place. */
  readonly problem?: string;
}

/** Where the files of a repository are had from: a folder or a web server. */
export interface RepositorySource {
  /** For messages, without secrets. */
  readonly location: string;
  /** Opens a file; undefined when there is none. `fresh` asks past caches.
   * @throws CVMFS_UNAVAILABLE, CVMFS_INVALID, PassingFailure */
  readonly open: (key: string, options?: { readonly fresh?: boolean }) => Promise<FoundFile | undefined>;
  /** Whether a file is there, without reading it. */
  readonly has: (key: string) => Promise<boolean>;
  /** Everything below `data/`; absent where it cannot be listed. */
  readonly list?: () => AsyncIterable<StoredFile>;
  readonly close: () => void;
}

/** A failure that may be gone after a pause: a connection that broke, a server that is busy. */
export class PassingFailure extends Error {
  override readonly name = 'PassingFailure';
}
