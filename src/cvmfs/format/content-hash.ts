import { hash } from 'node:crypto';

/** The name of an object: 40 lower-case hexadecimal digits, the SHA-1 of its bytes as they are stored. */
export type ContentHash = string & { readonly __brand: 'ContentHash' };

/** What an object is, as the last letter of its name says: content, part of a content, catalog, history, certificate. */
export type ObjectSuffix = '' | 'P' | 'C' | 'H' | 'X';

/** What stands where there is no object, as before the first revision. */
export const noHash: ContentHash = '0'.repeat(40) as ContentHash;

/** The hash of stored bytes. */
export function contentHashOf(bytes: Uint8Array): ContentHash {
  return hash('sha1', bytes, 'hex') as ContentHash;
}

/** True for a text that can name an object. */
export function isContentHash(text: string): text is ContentHash {
  return /^[0-9a-f]{40}$/.test(text);
}

/** Where an object lies below `data/`: `cf/05d6...C`. */
export function objectNameOf(contentHash: string, suffix: ObjectSuffix): string {
  return `${contentHash.slice(0, 2)}/${contentHash.slice(2)}${suffix}`;
}
