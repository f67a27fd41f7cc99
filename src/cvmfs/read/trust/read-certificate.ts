import { X509Certificate } from 'node:crypto';
import { invalid } from '../format/invalid.ts';
import { formatObjectHash, hashOfBytes, isSameHash, objectKey } from '../format/object-hash.ts';
import type { Manifest } from '../format/parse-manifest.ts';
import { isExpired, type Whitelist, whitelistFile } from '../format/parse-whitelist.ts';
import { mostBytes } from '../limits.ts';
import { readObject } from '../objects/read-object.ts';
import type { ReadContext } from '../read-context.ts';
import type { RepositorySource } from '../source/repository-source.ts';

/** The certificate whose key signs the manifests of a repository. */
export interface Certificate {
  /** Its object, for messages. */
  readonly file: string;
  readonly x509: X509Certificate;
}

/** Reads the certificate that a manifest names; nobody vouches for it yet.
 * @throws CVMFS_DAMAGED, CVMFS_INVALID, CVMFS_UNAVAILABLE */
export async function readCertificate(
  source: RepositorySource,
  manifest: Manifest,
  context: ReadContext,
): Promise<Certificate> {
  const file = objectKey(manifest.certificate, 'certificate');
  const reference = {
    hash: manifest.certificate,
    kind: 'certificate',
    isCompressed: true,
    limit: mostBytes.certificate,
  } as const;
  const text = (await readObject(source, reference, context)).toString('latin1');
  if (text.split('-----BEGIN').length !== 2) throw invalid(file, 'it is not one certificate in PEM');
  try {
    const x509 = new X509Certificate(text);
    if (x509.publicKey.asymmetricKeyType === 'rsa') return { file, x509 };
  } catch (error) {
    throw invalid(file, 'it is no X.509 certificate', 'CVMFS_INVALID', error);
  }
  throw invalid(file, 'its key is no RSA key');
}

/** Checks that a whitelist is of a repository, is not expired, and vouches for its certificate. `now` in milliseconds.
 * @throws CVMFS_INVALID, WHITELIST_EXPIRED, KEY_UNKNOWN */
export function checkWhitelist(
  whitelist: Whitelist,
  { x509, file }: Certificate,
  wanted: { readonly name: string; readonly now: number },
): void {
  if (whitelist.name !== wanted.name) {
    throw invalid(whitelistFile, `it is of "${whitelist.name}", not of "${wanted.name}"`);
  }
  if (isExpired(whitelist, wanted.now)) {
    const day = new Date(whitelist.expires).toISOString();
    throw invalid(whitelistFile, `it has expired at ${day}: clients take no new revision`, 'WHITELIST_EXPIRED');
  }
  const isListed = whitelist.fingerprints.some((listed) => {
    return isSameHash(listed, hashOfBytes(listed.algorithm, x509.raw));
  });
  if (isListed) return;
  const own = formatObjectHash(hashOfBytes('sha1', x509.raw));
  throw invalid(file, `the whitelist does not vouch for this certificate, whose fingerprint is ${own}`, 'KEY_UNKNOWN');
}
