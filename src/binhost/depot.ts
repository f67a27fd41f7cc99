import type { Digest } from '../core/digest-text.ts';
import type { Leftover } from './binhost.ts';

/** A blob to be written: a file of this machine, or a text. */
export interface BlobSource {
  readonly digest: Digest;
  readonly size: number;
  readonly content: { readonly path: string; readonly isVerified: boolean } | { readonly text: string };
}

/** A manifest to be written. */
export interface ManifestSource {
  readonly mediaType: string;
  readonly text: string;
}

/** What OCI distribution is made of, wherever it lies: repositories that have manifests under tags and digests, and blobs under digests.
 * Every kind of binhost is one of these with `createBinhost` on top. */
export interface Depot {
  readonly location: string;
  readonly readOnly?: string;
  /** The address of the registry and what stands before every repository's name, where repositories of one registry can share blobs. */
  readonly registry?: { readonly address: string; readonly prefix: string };
  /** A manifest's text; undefined when there is none. */
  readonly readManifest: (repository: string, reference: string) => Promise<string | undefined>;
  /** Writes a manifest under its digest and a tag, if what the tag has now is a manifest of that digest, or nothing for `undefined`; false when it is another. */
  readonly writeManifest: (
    repository: string,
    tag: string,
    manifest: ManifestSource,
    expected: Digest | undefined,
  ) => Promise<boolean>;
  /** False when there was none. */
  readonly removeManifest: (repository: string, tag: string) => Promise<boolean>;
  /** What the place itself lists as attached to a manifest: an index as JSON; undefined, or absent, where it keeps no such list. */
  readonly readReferrers?: (repository: string, digest: Digest) => Promise<string | undefined>;
  /** The size of a blob that is there. */
  readonly sizeOfBlob: (repository: string, digest: Digest) => Promise<number | undefined>;
  /** The bytes of a blob, from an offset on. */
  readonly openBlob: (
    repository: string,
    blob: { digest: Digest; size: number },
    from: number,
  ) => AsyncIterable<Buffer>;
  readonly blobPath?: (repository: string, digest: Digest) => string;
  /** Writes a blob whole or not at all, after comparing it with its digest; one that is there in full size is left. */
  readonly writeBlob: (repository: string, blob: BlobSource) => Promise<void>;
  /** Makes a blob of another repository one of this, too; false when that could not be done. */
  readonly mountBlob?: (repository: string, digest: Digest, from: string) => Promise<boolean>;
  readonly removeBlob: (repository: string, digest: Digest) => Promise<void>;
  /** The repositories directly below a path. */
  readonly listRepositories: (path: string) => Promise<readonly string[]>;
  readonly listTags: (repository: string) => Promise<readonly string[]>;
  /** Runs `work` while nobody else writes the repository, as far as the place can promise that. */
  readonly exclusively: <Result>(repository: string, work: () => Promise<Result>) => Promise<Result>;
  /** Finds, and removes, what killed processes had begun to write, and, where `used` says which digests a repository's tags lead to, all that they do not.
   * To remove is for whoever has the repository exclusively. */
  readonly sweep: (
    repository: string,
    options: { readonly remove: boolean; readonly used?: ReadonlySet<string> },
  ) => Promise<readonly Leftover[]>;
}
