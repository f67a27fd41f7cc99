import { invalid } from './invalid.ts';
import { type HashAlgorithm, type ObjectHash, parseObjectHash } from './object-hash.ts';
import { type SignedText, splitSigned } from './split-signed.ts';

/** The name of the whitelist in a repository. */
export const whitelistFile = '.cvmfswhitelist';

/** The certificates that may sign the manifests of a repository. */
export interface Whitelist {
  readonly name: string;
  /** Milliseconds since 1970; clients look at whole hours alone. */
  readonly expires: number;
  /** Of certificates' DER. */
  readonly fingerprints: readonly ObjectHash[];
  readonly signed: SignedText;
}

const hour = 3_600_000;

/** Reads a whitelist; its hash is right then, its signature is not verified yet.
 * @throws CVMFS_INVALID, CVMFS_UNSUPPORTED */
export function parseWhitelist(bytes: Buffer): Whitelist {
  const signed = splitSigned(whitelistFile, bytes);
  const [created = '', expiry = '', name = '', ...rest] = signed.lines;
  if (parseTime(created) === undefined) throw invalid(whitelistFile, 'its first line is no time of 14 digits');
  const expires = expiry.startsWith('E') ? parseTime(expiry.slice(1)) : undefined;
  if (expires === undefined) throw invalid(whitelistFile, 'its second line is no E with a time of 14 digits');
  if (!name.startsWith('N')) throw invalid(whitelistFile, 'its third line does not name the repository');
  const option = rest.find((line) => /^[VW]/.test(line));
  if (option !== undefined) {
    throw invalid(
      whitelistFile,
      `it asks for "${option.slice(0, 20)}", which binfarm does not verify`,
      'CVMFS_UNSUPPORTED',
    );
  }
  const fingerprints = rest.map(parseFingerprint).filter((hash) => hash !== undefined);
  return { name: name.slice(1), expires, fingerprints, signed };
}

/** True when clients take a whitelist no more; they compare whole hours. */
export function isExpired({ expires }: Pick<Whitelist, 'expires'>, now: number): boolean {
  return Math.floor(now / hour) >= Math.floor(expires / hour);
}

function parseTime(text: string): number | undefined {
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text);
  if (found === null) return undefined;
  const [year, month, day, hours, minutes, seconds] = found.slice(1).map(Number) as [number, ...number[]];
  const time = Date.UTC(year, month! - 1, day, hours, minutes, seconds);
  const back = new Date(time).toISOString().replace(/[-T:]/g, '').slice(0, 14);
  return back === text ? time : undefined;
}

/** Lines that are no fingerprint are skipped, as clients do. */
function parseFingerprint(line: string): ObjectHash | undefined {
  const [digits = '', algorithm] = line
    .split(/[ \t#]/)[0]!
    .replaceAll(':', '')
    .toLowerCase()
    .split('-');
  return parseObjectHash(algorithm === undefined ? digits : `${digits}-${algorithm as HashAlgorithm}`);
}
