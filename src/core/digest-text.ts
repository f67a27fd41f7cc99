import { FarmError } from './farm-error.ts';

/** `sha256:` and 64 lower-case hexadecimal digits, as in OCI descriptors. */
export type Digest = string & { readonly __brand: 'Digest' };

const form = /^sha256:[0-9a-f]{64}$/;

/** True when a text is a digest. */
export function isDigest(text: string): text is Digest {
  return form.test(text);
}

/** Parses a digest; 64 bare hexadecimal digits are read as sha256.
 * @throws NAME_INVALID when it is neither. */
export function parseDigest(text: string): Digest {
  const full = /^[0-9a-f]{64}$/.test(text) ? `sha256:${text}` : text;
  if (!isDigest(full)) {
    throw new FarmError('NAME_INVALID', `Cannot read digest "${text}": it is not sha256 and 64 hexadecimal digits`);
  }
  return full;
}

/** The hexadecimal digits of a digest. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}
