import { hash } from 'node:crypto';
import { type ByteText, rawOf } from './byte-text.ts';

/** The MD5 of a path as catalogs keep it: two signed integers of 64 bits, little-endian. */
export type PathKey = readonly [bigint, bigint];

/** The key of a path in a repository: `` for its root, else beginning with a slash. */
export function pathKeyOf(path: ByteText): PathKey {
  const digest = hash('md5', rawOf(path), 'buffer');
  return [digest.readBigInt64LE(0), digest.readBigInt64LE(8)];
}

/** The key that the root of a repository has for its parent. */
export const noParent: PathKey = [0n, 0n];
