import { createHash, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { derBitString, derInteger, derNull, derObjectId, derSequence, derText, derTime, derValue } from './der.ts';

/** What a self-signed certificate says. */
export interface CertificateFacts {
  /** The common name of its subject and issuer. */
  readonly name: string;
  readonly secretKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
}

const day = 86_400_000;

/** How long a certificate is meant to be used; clients look at the whitelist alone. */
export const certificateLife: number = 3650 * day;

/** Makes a self-signed X.509 certificate (RFC 5280, version 3, SHA-256 with RSA) as PEM text. The serial number follows from key and time, so that the same facts give the same bytes. */
export function createCertificate(facts: CertificateFacts): string {
  const { secretKey, publicKey, from, until } = facts;
  const algorithm = derSequence(derObjectId('1.2.840.113549.1.1.11'), derNull);
  const name = derSequence(derValue(0x31, derSequence(derObjectId('2.5.4.3'), derText(facts.name))));
  const keyInfo = publicKey.export({ type: 'spki', format: 'der' });
  const serial = createHash('sha256').update(keyInfo).update(String(from)).digest().subarray(0, 16);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  const statement = derSequence(
    derValue(0xa0, derInteger(Buffer.from([2]))),
    derInteger(serial),
    algorithm,
    name,
    derSequence(derTime(from), derTime(until)),
    name,
    keyInfo,
  );
  const signature = sign('sha256', statement, secretKey);
  return formatPem('CERTIFICATE', derSequence(statement, algorithm, derBitString(signature)));
}

function formatPem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** The fingerprint of a certificate as whitelists write it: the SHA-1 of its DER form, upper-case pairs with colons. */
export function fingerprintOfCertificate(pem: string): string {
  return new X509Certificate(pem).fingerprint;
}
