import { constants, createHash, type KeyObject, publicDecrypt } from 'node:crypto';
import { invalid } from '../format/invalid.ts';
import type { SignedText } from '../format/split-signed.ts';

/** What PKCS #1 v1.5 puts before a SHA-1 digest that is signed (RFC 8017, section 9.2). */
const sha1Prefix = Buffer.from('3021300906052b0e03021a05000414', 'hex');

/** Verifies a whitelist's signature, which is the hash's text itself, padded; one of the keys must have made it.
 * @throws SIGNATURE_INVALID */
export function verifyBareSignature(file: string, signed: SignedText, keys: readonly KeyObject[]): void {
  if (keys.some((key) => recover(signed.signature, key)?.equals(signed.hashText) === true)) return;
  throw invalid(file, 'none of the given master keys has signed it', 'SIGNATURE_INVALID');
}

/** Verifies a manifest's signature, which is over the SHA-1 digest of the hash's text.
 * @throws SIGNATURE_INVALID */
export function verifyDigestSignature(file: string, signed: SignedText, key: KeyObject): void {
  const digest = createHash('sha1').update(signed.hashText).digest();
  if (recover(signed.signature, key)?.equals(Buffer.concat([sha1Prefix, digest])) === true) return;
  throw invalid(file, 'the key of its certificate has not signed it', 'SIGNATURE_INVALID');
}

/** What a key's owner has signed. SHA-1 signatures are compared by hand since some systems' policies have libraries refuse them. */
function recover(signature: Buffer, key: KeyObject): Buffer | undefined {
  try {
    return publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
  } catch {
    return undefined;
  }
}
