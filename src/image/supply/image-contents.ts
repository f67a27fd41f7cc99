import type { Digest } from '../../core/digest-text.ts';
import type { PackageManifest } from '../../model/package-manifest.ts';

/** What an image for one platform consists of, for documents that describe it. Nothing in it depends on when or where the image is made. */
export interface ImageContents {
  readonly farm: string;
  /** As registries name it, without a tag. */
  readonly image: string;
  readonly release: string;
  /** Of the release's signed document. */
  readonly releaseDigest: Digest;
  readonly platform: string;
  /** Of the release; ISO 8601 in whole seconds. */
  readonly created: string;
  /** Sorted by store name. */
  readonly packages: readonly ContainedPackage[];
  /** What the packages lie on; absent for nothing. */
  readonly base?: ContainedBase;
}

/** A package of an image. */
export interface ContainedPackage {
  /** Its folder in the store. */
  readonly storeName: string;
  /** Of the blob. */
  readonly digest: Digest;
  /** Of the uncompressed tar: a digest over all files with their paths and modes. */
  readonly diffId: Digest;
  readonly manifest: PackageManifest;
  /** Store names of those that it links or runs with, in this image. */
  readonly needs: readonly string[];
}

/** The system below the packages. */
export interface ContainedBase {
  readonly name: string;
  readonly digest: Digest;
  /** What the distribution's own records say; empty where it has none that binfarm reads. */
  readonly system: SystemContents;
}

/** What a distribution says of itself. */
export interface SystemContents {
  /** `debian`, and `12`, as /etc/os-release says; empty where it does not. */
  readonly id: string;
  readonly version: string;
  readonly packages: readonly SystemPackage[];
}

/** A package of a distribution. */
export interface SystemPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** The source package that it was made of, where it has another name. */
  readonly source?: string;
}
