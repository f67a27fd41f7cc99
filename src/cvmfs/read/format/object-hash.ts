import { createHash, type Hash } from 'node:crypto';

/** The content hashes that a repository can use; all have 160 bits. */
export type HashAlgorithm = 'sha1' | 'rmd160' | 'shake128';

/** The content hash of an object, taken over its bytes as they are stored. */
export interface ObjectHash {
  readonly algorithm: HashAlgorithm;
  /** 40 lower-case hexadecimal digits. */
  readonly hex: string;
}

/** What an object is, which is the last letter of its name. */
export type ObjectKind = 'file' | 'chunk' | 'catalog' | 'history' | 'certificate' | 'metainfo';

/** By the number in a catalog's flags. */
export const hashAlgorithms: readonly HashAlgorithm[] = ['sha1', 'rmd160', 'shake128'];

const suffixOf: Readonly<Record<ObjectKind, string>> = {
  file: '',
  chunk: 'P',
  catalog: 'C',
  history: 'H',
  certificate: 'X',
  metainfo: 'M',
};

const form = /^([0-9a-f]{40})(?:-(rmd160|shake128))?$/;

/** Reads a hash as documents write it: digits, and the algorithm where it is not SHA-1. Undefined when it is none. */
export function parseObjectHash(text: string): ObjectHash | undefined {
  const found = form.exec(text);
  return found === null ? undefined : { hex: found[1]!, algorithm: (found[2] as HashAlgorithm | undefined) ?? 'sha1' };
}

/** Writes a hash as documents have it. */
export function formatObjectHash({ algorithm, hex }: ObjectHash): string {
  return algorithm === 'sha1' ? hex : `${hex}-${algorithm}`;
}

/** Where an object lies in a repository. */
export function objectKey(hash: ObjectHash, kind: ObjectKind): string {
  const text = formatObjectHash(hash);
  return `data/${text.slice(0, 2)}/${text.slice(2)}${suffixOf[kind]}`;
}

/** The hash that a file below `data/` promises by its name; undefined when an object cannot have that name. */
export function parseObjectKey(folder: string, name: string): ObjectHash | undefined {
  return parseObjectHash(`${folder}${name.replace(/[PCHXML]$/, '')}`);
}

/** A hash to be fed with an object's stored bytes. */
export function createObjectHasher(algorithm: HashAlgorithm): Hash {
  if (algorithm === 'shake128') return createHash('shake128', { outputLength: 20 });
  return createHash(algorithm === 'rmd160' ? 'ripemd160' : 'sha1');
}

/** The content hash of bytes. */
export function hashOfBytes(algorithm: HashAlgorithm, bytes: Uint8Array): ObjectHash {
  return { algorithm, hex: createObjectHasher(algorithm).update(bytes).digest('hex') };
}

/** True when two hashes are the same. */
export function isSameHash(one: ObjectHash | undefined, other: ObjectHash | undefined): boolean {
  return one?.hex === other?.hex && one?.algorithm === other?.algorithm;
}
