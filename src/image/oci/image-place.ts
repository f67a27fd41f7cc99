import type { Digest } from '../../core/digest-text.ts';

/** A repository of a registry, by the registry's address and its full name. */
export interface RegistryRepository {
  readonly address: string;
  readonly repository: string;
}

/** A blob that can be had: of a package, of a base, or one that was made. */
export interface BlobOrigin {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  /** Where registries have it, or may: other repositories of such a registry can take it without moving its bytes. */
  readonly repositories?: readonly RegistryRepository[];
  /** Gives it as a file of this machine, which may be gone afterwards and must not be changed. */
  readonly withFile: <Result>(use: (path: string) => Promise<Result>) => Promise<Result>;
}

/** A manifest, an index or a config, as the bytes that are stored. */
export interface ImageText {
  readonly mediaType: string;
  readonly text: string;
}

/** Where images are: an OCI layout, an archive that is being written, or a registry. What is written is there for others when it is whole: blobs first, tags last.
 * Methods throw BINHOST_DENIED and BINHOST_UNAVAILABLE for a registry, DISK_FULL and PERMISSION_DENIED for files. */
export interface ImagePlace {
  /** For messages. */
  readonly location: string;
  /** Where it is a registry: its address, and what stands before the names of its repositories. */
  readonly registry?: { readonly address: string; readonly prefix: string };
  /** The manifest or index of a tag or a digest; undefined when there is none. */
  readonly readManifest: (name: string, reference: string) => Promise<string | undefined>;
  /** What the registry itself lists as attached to a manifest: an index as JSON; undefined, or absent, where it keeps no such list. */
  readonly readReferrers?: (name: string, digest: Digest) => Promise<string | undefined>;
  /** True where only images can be, and nothing that is attached to them. */
  readonly takesNoAttachments?: true;
  readonly readBlob: (name: string, blob: { readonly digest: Digest; readonly size: number }) => AsyncIterable<Buffer>;
  /** The path of a blob where it is a file of this machine that is there. */
  readonly blobPath?: (digest: Digest) => Promise<string | undefined>;
  /** Puts a blob there unless it is; tells how: it was there already, it was taken over from another repository, or its bytes were written. */
  readonly writeBlob: (name: string, blob: BlobOrigin) => Promise<'kept' | 'mounted' | 'written'>;
  /** Puts a small blob there, such as a config. */
  readonly writeText: (name: string, text: ImageText) => Promise<void>;
  /** Puts a manifest or an index there under its digest. */
  readonly writeManifest: (name: string, manifest: ImageText) => Promise<void>;
  /** Makes a tag lead to a manifest or index that is there. */
  readonly tag: (name: string, tag: string, manifest: ImageText) => Promise<void>;
  /** Makes everything that was written visible at once, where the place can do that. To be called at the end; without it, nothing has happened. */
  readonly commit: () => Promise<void>;
  /** Removes what was written and not committed. */
  readonly discard: () => Promise<void>;
  readonly listTags: (name: string) => Promise<readonly string[]>;
  /** The names of all images; undefined when the place does not tell. */
  readonly listNames: () => Promise<readonly string[] | undefined>;
  /** Removes a tag, and what only it leads to; false when there was none. */
  readonly untag: (name: string, tag: string) => Promise<boolean>;
  /** In a registry, tags that share a manifest go together. */
  readonly sharesTags: boolean;
}
