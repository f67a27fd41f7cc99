import { invalid } from './invalid.ts';
import { type ObjectHash, parseObjectHash } from './object-hash.ts';
import { type SignedText, splitSigned } from './split-signed.ts';

/** The name of the manifest in a repository. */
export const manifestFile = '.cvmfspublished';

/** What a repository says of its current revision. */
export interface Manifest {
  readonly name: string;
  /** Of the catalog at the root. */
  readonly root: ObjectHash;
  /** Of the root's catalog, unpacked; 0 when it is not told. */
  readonly rootSize: number;
  readonly revision: number;
  /** Seconds after which clients look for the next revision. */
  readonly ttl: number;
  /** When it was published, in seconds since 1970. */
  readonly published: number;
  readonly certificate: ObjectHash;
  readonly history?: ObjectHash;
  readonly metainfo?: ObjectHash;
  readonly reflog?: ObjectHash;
  readonly garbageCollected: boolean;
  /** Whether certificate, catalog, history and metainfo are also to be had beside the manifest. */
  readonly alternativePaths: boolean;
  /** Letters that this reader does not know; clients ignore them. */
  readonly unknown: readonly string[];
  readonly signed: SignedText;
}

/** The MD5 of nothing, which is the only root path there is. */
const rootPathKey = 'd41d8cd98f00b204e9800998ecf8427e';
const known = 'CBRDSGANXHTMYLZ';

/** Reads a manifest; its hash is right then, its signature is not verified yet.
 * @throws CVMFS_INVALID */
export function parseManifest(bytes: Buffer): Manifest {
  const signed = splitSigned(manifestFile, bytes);
  const fields = new Map<string, string>();
  for (const line of signed.lines) {
    const letter = line[0]!;
    if (fields.has(letter)) throw invalid(manifestFile, `it has two lines ${letter}`);
    fields.set(letter, line.slice(1));
  }
  if (required(fields, 'R') !== rootPathKey) throw invalid(manifestFile, 'its line R is not the MD5 of an empty path');
  const name = required(fields, 'N');
  if (!isRepositoryName(name)) throw invalid(manifestFile, 'its line N is no name of a repository');
  const optional = { history: hashOf(fields, 'H'), metainfo: hashOf(fields, 'M'), reflog: hashOf(fields, 'Y') };
  required(fields, 'C');
  required(fields, 'X');
  return {
    name,
    root: hashOf(fields, 'C')!,
    rootSize: fields.has('B') ? numberOf(fields, 'B') : 0,
    revision: numberOf(fields, 'S'),
    ttl: numberOf(fields, 'D'),
    published: numberOf(fields, 'T'),
    certificate: hashOf(fields, 'X')!,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
    garbageCollected: flagOf(fields, 'G'),
    alternativePaths: flagOf(fields, 'A'),
    unknown: [...fields.keys()].filter((letter) => !known.includes(letter)),
    signed,
  };
}

/** True when a text can be the name of a repository. */
export function isRepositoryName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/.test(text);
}

function required(fields: ReadonlyMap<string, string>, letter: string): string {
  const value = fields.get(letter);
  if (value === undefined) throw invalid(manifestFile, `it has no line ${letter}`);
  return value;
}

function numberOf(fields: ReadonlyMap<string, string>, letter: string): number {
  const text = required(fields, letter);
  if (/^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw invalid(manifestFile, `its line ${letter} is no number that it can have`);
}

function hashOf(fields: ReadonlyMap<string, string>, letter: string): ObjectHash | undefined {
  const text = fields.get(letter);
  if (text === undefined) return undefined;
  const hash = parseObjectHash(text);
  if (hash === undefined) throw invalid(manifestFile, `its line ${letter} is no hash`);
  return hash;
}

function flagOf(fields: ReadonlyMap<string, string>, letter: string): boolean {
  const text = fields.get(letter) ?? 'no';
  if (text !== 'yes' && text !== 'no') throw invalid(manifestFile, `its line ${letter} is neither yes nor no`);
  return text === 'yes';
}
