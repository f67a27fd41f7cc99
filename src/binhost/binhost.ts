import type { Digest } from '../core/digest-text.ts';
import type { Envelope } from '../package/sign/envelope.ts';
import type { BuildHash } from '../model/names.ts';

/** What identifies a package in a binhost. */
export interface PackageReference {
  readonly name: string;
  readonly buildHash: BuildHash;
}

/** A package to be put: its blob on this machine, and what an OCI client must know of it. */
export interface PackageUpload extends PackageReference {
  readonly version: string;
  readonly platform: string;
  readonly license: string;
  readonly summary: string;
  readonly blob: { readonly path: string; readonly digest: Digest; readonly size: number };
  /** Digest of the uncompressed tar. */
  readonly diffId: Digest;
  /** For the layer's descriptor: positions of the table of contents. */
  readonly layerAnnotations: Readonly<Record<string, string>>;
  /** The signed statement about the package. */
  readonly envelope: Envelope;
}

/** A package as a binhost has it; nothing in it is believed before the envelope is verified. */
export interface StoredPackage extends PackageReference {
  readonly digest: Digest;
  readonly size: number;
  readonly diffId: Digest;
  readonly envelope: unknown;
}

/** A place where packages are kept for others: a directory, a web server, an OCI registry. */
export interface Binhost {
  /** For messages: a path or an address without secrets. */
  readonly location: string;
  /** The package, or undefined when it is not there. Cheap enough to be asked for every package of a stack. */
  readonly find: (reference: PackageReference) => Promise<StoredPackage | undefined>;
  /** The blob's bytes; the reader verifies the digest. */
  readonly openBlob: (stored: StoredPackage) => AsyncIterable<Buffer>;
  /** The blob's path where it is a local file. */
  readonly blobPath?: (stored: StoredPackage) => string;
  /** Stores a package; the reference to it is written last, so that a package which can be found is whole. One that is there stays as it is. */
  readonly put: (upload: PackageUpload) => Promise<StoredPackage>;
  /** Every package it holds. */
  readonly list: () => Promise<StoredPackage[]>;
}
