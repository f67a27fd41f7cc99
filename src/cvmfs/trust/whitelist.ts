import { constants, type KeyObject, privateEncrypt, publicDecrypt } from 'node:crypto';
import { FarmError } from '../../core/farm-error.ts';
import { contentHashOf } from '../format/content-hash.ts';

/** What `.cvmfswhitelist` says: which certificates may sign revisions, and until when. */
export interface Whitelist {
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly expires: number;
  readonly name: string;
  /** As `fingerprintOfCertificate` writes them. */
  readonly fingerprints: readonly string[];
}

const hour = 3_600_000;

/** Formats a whitelist and signs it with the master key: its hexadecimal hash, encrypted with PKCS#1 v1.5 padding and without a DigestInfo. */
export function formatWhitelist(whitelist: Whitelist, masterKey: KeyObject): Buffer {
  const { created, expires, name, fingerprints } = whitelist;
  const lines = [digitsOf(created), `E${digitsOf(expires)}`, `N${name}`, ...fingerprints];
  const body = Buffer.from(`${lines.join('\n')}\n`, 'latin1');
  const digest = contentHashOf(body);
  const padding = constants.RSA_PKCS1_PADDING;
  const signature = privateEncrypt({ key: masterKey, padding }, Buffer.from(digest, 'latin1'));
  return Buffer.concat([body, Buffer.from(`--\n${digest}\n`, 'latin1'), signature]);
}

/** Reads a whitelist and verifies that the master key has signed it.
 * @throws SIGNATURE_INVALID */
export function parseWhitelist(bytes: Buffer, masterKey: KeyObject): Whitelist {
  const mark = bytes.indexOf('\n--\n');
  if (mark < 0 || bytes.length > 1 << 20) throw invalid('it does not end in a signature');
  const body = bytes.subarray(0, mark + 1);
  const digest = bytes.toString('latin1', mark + 4, mark + 44);
  if (digest !== contentHashOf(body)) throw invalid('it does not have the hash that it states');
  if (recover(bytes.subarray(mark + 45), masterKey) !== digest) {
    throw invalid('it is not signed by the master key of this repository');
  }
  const [created = '', expires = '', name = '', ...rest] = body.toString('latin1').trimEnd().split('\n');
  if (!/^\d{14}$/.test(created) || !/^E\d{14}$/.test(expires) || !name.startsWith('N')) {
    throw invalid('its first lines are not two times and a name');
  }
  const fingerprints = rest
    .map((line) => line.split(/[ \t#]/)[0]!)
    .filter((line) => /^(?:[0-9A-F]{2}:){19}/.test(line));
  return { created: timeOf(created), expires: timeOf(expires.slice(1)), name: name.slice(1), fingerprints };
}

/** True when clients do not believe a whitelist any more: they look at the hour. */
export function isExpired({ expires }: Whitelist, now: number): boolean {
  return now >= Math.floor(expires / hour) * hour;
}

function recover(signature: Buffer, key: KeyObject): string | undefined {
  try {
    return publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature).toString('latin1');
  } catch {
    return undefined; // made by another key, or no signature at all
  }
}

function digitsOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19).replace(/[-:T]/g, '');
}

function timeOf(digits: string): number {
  const [year, month, day, at, minute, second] = digits.match(/^\d{4}|\d\d/g)!.map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return Date.UTC(year, month - 1, day, at, minute, second);
}

function invalid(state: string): FarmError {
  return new FarmError('SIGNATURE_INVALID', `Cannot use the whitelist: ${state}`, {
    hint: 'Sign one anew: binfarm cvmfs whitelist request, then sign where the master key is',
  });
}
