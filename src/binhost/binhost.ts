import type { Digest } from '../core/digest-text.ts';
import type { BuildHash } from '../model/names.ts';
import type { Envelope } from '../package/sign/envelope.ts';
import type { ProgramShelf } from './program-shelf.ts';

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
  readonly blob: {
    readonly path: string;
    readonly digest: Digest;
    readonly size: number;
    /** True for who has just computed the digest of this very file, so that it is not done again. */
    readonly isVerified?: boolean;
  };
  /** Digest of the uncompressed tar. */
  readonly diffId: Digest;
  /** For the layer's descriptor: positions of the table of contents. */
  readonly layerAnnotations: Readonly<Record<string, string>>;
  /** The signed statement about the package. */
  readonly envelope: Envelope;
}

/** A package as a binhost has it; nothing in it is believed before the envelope is verified. */
export interface StoredPackage extends PackageReference {
  /** The binhost that has it. */
  readonly location: string;
  readonly version: string;
  readonly platform: string;
  readonly license: string;
  readonly summary: string;
  /** Of the blob. */
  readonly digest: Digest;
  /** Of the blob, in bytes. */
  readonly size: number;
  readonly diffId: Digest;
  readonly layerAnnotations: Readonly<Record<string, string>>;
  /** The blob that has its OCI config. */
  readonly config: { readonly digest: Digest; readonly size: number };
  readonly envelope: unknown;
}

/** The kinds of documents that a binhost keeps beside packages, in the order in which they are copied: what keys say of themselves, releases and their withdrawals, and channels. */
export const documentKinds = ['key', 'release', 'withdrawal', 'channel'] as const;

/** What a document is: releases and withdrawals are never replaced, channels move, and keys add to what they say. */
export type DocumentKind = (typeof documentKinds)[number];

/** A signed document as a binhost has it; nothing in it is believed before the envelope is verified. */
export interface StoredDocument {
  readonly kind: DocumentKind;
  readonly name: string;
  /** Of the canonical JSON of the envelope. */
  readonly digest: Digest;
  readonly envelope: unknown;
  /** The binhost that has it. */
  readonly location: string;
}

/** How a document is put. */
export interface DocumentUpload {
  readonly envelope: Envelope;
  /** Whether one of that name may be replaced; never for releases and withdrawals. */
  readonly replace: boolean;
  /** For a replacement: the digest of the one that the caller has seen; absent when it has seen none. */
  readonly ifCurrent?: Digest;
}

/** What an examination of one package found. */
export interface PackageExamination extends PackageReference {
  /** Read and hashed. */
  readonly bytes: number;
  /** What is wrong: absent when every digest is right and the structure holds. */
  readonly problem?: string;
}

/** Something that nothing refers to: half-written by a process that was killed, or left by a replacement. */
export interface Leftover {
  /** Below the binhost's location. */
  readonly path: string;
  readonly bytes: number;
}

/** A place where packages are kept for others: a directory, a web server, an OCI registry, S3-compatible storage.
 * All methods fail with BINHOST_UNAVAILABLE when it does not answer (after all tries), BINHOST_DENIED when it lets this user not do that. */
export interface Binhost {
  /** For messages, and to tell binhosts apart: a path or an address without secrets. */
  readonly location: string;
  /** Why nothing can be put here; absent where something can. */
  readonly readOnly?: string;
  /** A folder of this machine on the same file system, where blobs that arrive are put together. */
  readonly spool?: string;
  /** Where it is part of a registry: its address, and the repository of a package's name. */
  readonly registry?: { readonly address: string; readonly repositoryOf: (name: string) => string };

  /** The only platforms that it has packages of; absent where it has those of all that its releases name. */
  readonly offers?: () => Promise<readonly string[]>;

  /** The package, or undefined when it is not there. Reads one small document, so that every package of a stack can be asked for; whether the blob is whole is told by who reads it.
   * @throws PACKAGE_DAMAGED when what is there is no package's manifest */
  readonly find: (reference: PackageReference) => Promise<StoredPackage | undefined>;

  /** The blob's bytes, from an offset on; never more than its size. A connection that breaks is taken up again where it broke, so that no byte comes twice. The reader verifies the digest.
   * @throws PACKAGE_DAMAGED when it is missing or ends early */
  readonly openBlob: (stored: StoredPackage, from?: number) => AsyncIterable<Buffer>;

  /** The blob's path where it is a local file; it may be missing. */
  readonly blobPath?: (stored: StoredPackage) => string | undefined;

  /** Stores a package; the reference to it is written last, so that a package which can be found is whole. One that is there and whole stays as it is, whatever the
   * upload says; where its blob is missing or short, it is mended.
   * @throws PACKAGE_DAMAGED when the blob's file is not what the upload says; BINHOST_UNSUPPORTED, DISK_FULL, PERMISSION_DENIED, NAME_INVALID */
  readonly put: (upload: PackageUpload) => Promise<StoredPackage>;

  /** Takes a package over from another part of the same registry, without moving its bytes; undefined where that cannot be done. */
  readonly adopt?: (stored: StoredPackage, from: Binhost) => Promise<StoredPackage | undefined>;

  /** The names and hashes of every package it holds, damaged ones too, sorted.
   * @throws BINHOST_UNSUPPORTED when it does not tell */
  readonly listReferences: () => Promise<readonly PackageReference[]>;

  /** Every package it holds, sorted; damaged ones are left out.
   * @throws BINHOST_UNSUPPORTED when it does not tell */
  readonly list: () => Promise<StoredPackage[]>;

  /** Removes a package: the reference first, so that nobody believes what is left when this is interrupted. False when it was not there.
   * @throws BINHOST_UNSUPPORTED where nothing can be removed */
  readonly remove: (reference: PackageReference) => Promise<boolean>;

  /** Reads all of one package again and computes every digest anew.
   * @throws PACKAGE_NOT_FOUND when it is not there */
  readonly examine: (reference: PackageReference) => Promise<PackageExamination>;

  /** The document, or undefined when there is none of that name.
   * @throws DOCUMENT_DAMAGED when it does not match its digest */
  readonly getDocument: (kind: DocumentKind, name: string) => Promise<StoredDocument | undefined>;

  /** Stores a signed document under a name. The same document again is fine, and mends a damaged one. A directory compares under a lock, S3 by a conditional request
   * where the server knows them, a registry as well as it can: two who replace within the same moment may both succeed, and the later wins.
   * @throws DOCUMENT_EXISTS when it may not be replaced; DOCUMENT_CHANGED when the current one is not what the caller has seen */
  readonly putDocument: (kind: DocumentKind, name: string, upload: DocumentUpload) => Promise<StoredDocument>;

  /** The names of all documents of a kind, sorted. */
  readonly listDocuments: (kind: DocumentKind) => Promise<readonly string[]>;

  /** Binfarm's own executables. */
  readonly programs: ProgramShelf;

  /** Finds what nothing refers to, and removes it if that is wished; what is being written at the moment is never removed. A registry does that itself. */
  readonly sweep: (options: { readonly remove: boolean }) => Promise<readonly Leftover[]>;
}
