import { createPublicKey, type KeyObject } from 'node:crypto';
import { FarmError } from '../../../core/farm-error.ts';
import { readRegularFile } from '../../../core/read-regular-file.ts';
import { translateFileError } from '../../../core/translate-file-error.ts';

const largestFile = 64 << 10;
const block = /-----BEGIN (?:RSA )?PUBLIC KEY-----[^-]+-----END (?:RSA )?PUBLIC KEY-----/g;

/** Reads the master keys that a repository's whitelist may be signed by, from files with one or more public keys in PEM.
 * @throws KEY_INVALID, PERMISSION_DENIED */
export async function readMasterKeys(paths: readonly string[]): Promise<readonly KeyObject[]> {
  const keys = await Promise.all(paths.map(readKeys));
  return keys.flat();
}

async function readKeys(path: string): Promise<readonly KeyObject[]> {
  const bytes = await readRegularFile(path, largestFile).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw keyInvalid(path, 'there is no such file', error);
    throw translateFileError(error, 'read', path);
  });
  const found = bytes.toString('latin1').match(block) ?? [];
  if (found.length === 0) throw keyInvalid(path, 'it has no public key in PEM');
  return found.map((text) => parseKey(path, text));
}

function parseKey(path: string, text: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey(text);
  } catch (error) {
    throw keyInvalid(path, 'a key in it is damaged', error);
  }
  if (key.asymmetricKeyType !== 'rsa') throw keyInvalid(path, 'a key in it is no RSA key');
  return key;
}

function keyInvalid(path: string, state: string, cause?: unknown): FarmError {
  return new FarmError('KEY_INVALID', `Cannot read the key "${path}": ${state}`, {
    hint: 'A repository’s key is the .pub file that its owner gives to sites',
    cause,
  });
}
