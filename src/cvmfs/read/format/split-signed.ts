import { invalid } from './invalid.ts';
import { formatObjectHash, hashOfBytes, type ObjectHash, parseObjectHash } from './object-hash.ts';

/** A signed text of a repository, its manifest or its whitelist, whose hash is right; the signature is still to be verified. */
export interface SignedText {
  /** The lines before the one that is `--`. */
  readonly lines: readonly string[];
  readonly hash: ObjectHash;
  /** What is signed: the hash as it is written. */
  readonly hashText: Buffer;
  readonly signature: Buffer;
}

const separator = Buffer.from('\n--\n');

/** Splits a signed text into its parts and compares its hash.
 * @throws CVMFS_INVALID */
export function splitSigned(file: string, bytes: Buffer): SignedText {
  const end = bytes.indexOf(separator);
  if (end === -1) throw invalid(file, 'it has no line "--" before a signature');
  const body = bytes.subarray(0, end + 1);
  const hashStart = end + separator.length;
  const hashEnd = bytes.indexOf('\n', hashStart);
  const hashText = bytes.subarray(hashStart, hashEnd === -1 ? hashStart : hashEnd);
  const hash = parseObjectHash(hashText.toString('latin1'));
  if (hash === undefined) throw invalid(file, 'the line after "--" is no hash');
  const found = hashOfBytes(hash.algorithm, body);
  if (found.hex !== hash.hex) {
    throw invalid(file, `its text has the hash ${formatObjectHash(found)}, and it says ${formatObjectHash(hash)}`);
  }
  const lines = body.toString('latin1', 0, end).split('\n');
  if (lines.some((line) => !/^[\x20-\x7e\t\x80-\xff]+$/.test(line))) {
    throw invalid(file, 'it has an empty line, or one with control characters');
  }
  return { lines, hash, hashText, signature: bytes.subarray(hashEnd + 1) };
}
