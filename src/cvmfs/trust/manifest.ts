import { constants, hash, type KeyObject, privateEncrypt, verify } from 'node:crypto';
import { FarmError } from '../../core/farm-error.ts';
import { type ContentHash, contentHashOf, isContentHash } from '../format/content-hash.ts';

/** What `.cvmfspublished` says of the revision that is published. */
export interface RevisionManifest {
  readonly root: ContentHash;
  /** Of the root catalog, not compressed, in bytes. */
  readonly rootSize: number;
  /** For how many seconds clients believe it. */
  readonly ttl: number;
  readonly revision: number;
  readonly name: string;
  readonly certificate: ContentHash;
  readonly history: ContentHash;
  /** Seconds since 1970. */
  readonly time: number;
  /** The hash of `.cvmfsreflog` as it lies there. */
  readonly reflog: ContentHash;
}

const emptyPathHash = 'd41d8cd98f00b204e9800998ecf8427e';
const sha1Prefix = Buffer.from('3021300906052b0e03021a05000414', 'hex');

/** Formats and signs a manifest. The signature is PKCS#1 v1.5 with SHA-1 over the hexadecimal hash, padded by hand, so that no policy of the system against SHA-1 stands in its way. */
export function formatManifest(manifest: RevisionManifest, secretKey: KeyObject): Buffer {
  const lines = [
    `C${manifest.root}`,
    `B${manifest.rootSize}`,
    `R${emptyPathHash}`,
    `D${manifest.ttl}`,
    `S${manifest.revision}`,
    'Gyes',
    'Ano',
    `N${manifest.name}`,
    `X${manifest.certificate}`,
    `H${manifest.history}`,
    `T${manifest.time}`,
    `Y${manifest.reflog}`,
  ];
  const body = Buffer.from(`${lines.join('\n')}\n`, 'latin1');
  const digest = contentHashOf(body);
  const inner = Buffer.concat([sha1Prefix, hash('sha1', digest, 'buffer')]);
  const signature = privateEncrypt({ key: secretKey, padding: constants.RSA_PKCS1_PADDING }, inner);
  return Buffer.concat([body, Buffer.from(`--\n${digest}\n`, 'latin1'), signature]);
}

/** Reads the manifest of a repository that is to be published to, after a look at its hash and signature.
 * @throws CVMFS_INVALID */
export function parseOwnManifest(bytes: Buffer, certificateKey: KeyObject): RevisionManifest {
  const mark = bytes.indexOf('\n--\n');
  if (mark < 0) throw invalid('it does not end in a signature');
  const body = bytes.subarray(0, mark + 1);
  const digest = bytes.toString('latin1', mark + 4, mark + 44);
  const signature = bytes.subarray(mark + 45);
  if (digest !== contentHashOf(body)) throw invalid('it does not have the hash that it states');
  if (!verify('RSA-SHA1', Buffer.from(digest, 'latin1'), certificateKey, signature)) {
    throw invalid('it is not signed by the key of this repository');
  }
  const fields = new Map(
    body
      .toString('latin1')
      .split('\n')
      .map((line) => [line[0], line.slice(1)]),
  );
  const hashIn = (key: string): ContentHash => {
    const text = fields.get(key) ?? '';
    if (!isContentHash(text)) throw invalid(`its line "${key}" has no hash that binfarm writes`);
    return text;
  };
  const numberIn = (key: string, fallback?: number): number => {
    const text = fields.get(key);
    if (text === undefined && fallback !== undefined) return fallback;
    if (text === undefined || !/^\d{1,15}$/.test(text)) throw invalid(`its line "${key}" has no number`);
    return Number(text);
  };
  return {
    root: hashIn('C'),
    rootSize: numberIn('B', 0),
    ttl: numberIn('D'),
    revision: numberIn('S'),
    name: fields.get('N') ?? '',
    certificate: hashIn('X'),
    history: hashIn('H'),
    time: numberIn('T', 0),
    reflog: hashIn('Y'),
  };
}

function invalid(state: string): FarmError {
  return new FarmError('CVMFS_INVALID', `Cannot read ".cvmfspublished": ${state}`, {
    hint: 'binfarm publishes only to repositories that "binfarm cvmfs init" has made',
  });
}
