import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject } from 'node:crypto';
import { statSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { FarmError } from '../../core/farm-error.ts';
import { translateFileError } from '../../core/translate-file-error.ts';

/** An Ed25519 key that signatures are checked with. */
export interface PublicKey {
  /** The first 16 hexadecimal digits of the sha256 of the key's 32 bytes. */
  readonly id: string;
  readonly key: KeyObject;
  /** Why nothing that it has signed is believed any more; absent for a key that is good. */
  readonly revoked?: { readonly time: string; readonly reason: string };
}

/** An Ed25519 key that signs. */
export interface SecretKey {
  readonly id: string;
  readonly key: KeyObject;
  readonly public: PublicKey;
}

const largestKeyFile = 1 << 14;

/** Makes a key: the secret one at the path (PEM of PKCS#8, readable by its owner only), the public one beside it with `.pub` behind the name (PEM of SPKI).
 * @throws PATH_EXISTS when there is one already: it is never replaced; PERMISSION_DENIED, DISK_FULL */
export async function createKey(path: string): Promise<SecretKey> {
  const pair = generateKeyPairSync('ed25519');
  await writeNew(path, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, 0o600);
  await writeNew(`${path}.pub`, formatPublicKey(pair.publicKey), 0o644);
  return secretKeyOf(pair.privateKey);
}

/** Reads a secret key.
 * @throws KEY_INVALID when it is missing, damaged, of another kind, or can be read by others than its owner. */
export async function readSecretKey(path: string): Promise<SecretKey> {
  const text = await readKeyFile(path);
  const mode = statOf(path).mode & 0o777;
  if ((mode & 0o077) !== 0) {
    throw new FarmError('KEY_INVALID', `Cannot use the key "${path}": others can read it (mode ${mode.toString(8)})`, {
      hint: `Run: chmod 600 ${path}`,
    });
  }
  return secretKeyOf(parseKey(text, path, createPrivateKey));
}

/** Reads a public key.
 * @throws KEY_INVALID */
export async function readPublicKey(path: string): Promise<PublicKey> {
  return parsePublicKey(await readKeyFile(path), path);
}

/** Parses a public key in PEM; `name` is for the error.
 * @throws KEY_INVALID */
export function parsePublicKey(text: string, name: string): PublicKey {
  // createPublicKey would quietly derive a public key from a secret one; a secret key in this place is a mistake to be told of.
  if (!text.trimStart().startsWith('-----BEGIN PUBLIC KEY-----')) throw invalidKey(name, 'it is no public key in PEM');
  return publicKeyOf(parseKey(text, name, createPublicKey));
}

/** Formats a public key as PEM of SPKI, without comments. */
export function formatPublicKey(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }) as string;
}

/** The sha256 of a key's 32 bytes in groups of four hexadecimal digits, as people compare it; its beginning is the key's id. */
export function fingerprintOf({ key }: PublicKey): string {
  return digestOfKey(key).replace(/(.{4})(?=.)/g, '$1 ');
}

function secretKeyOf(key: KeyObject): SecretKey {
  const publicKey = publicKeyOf(createPublicKey(key));
  return { id: publicKey.id, key, public: publicKey };
}

function publicKeyOf(key: KeyObject): PublicKey {
  return { id: digestOfKey(key).slice(0, 16), key };
}

function digestOfKey(key: KeyObject): string {
  const { x } = key.export({ format: 'jwk' });
  return hash('sha256', Buffer.from(x ?? '', 'base64url'), 'hex');
}

function parseKey(text: string, name: string, parse: (pem: string) => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = parse(text);
  } catch (error) {
    throw invalidKey(name, 'it is damaged', error);
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw invalidKey(name, `it is of the kind ${key.asymmetricKeyType}, not Ed25519`);
}

async function readKeyFile(path: string): Promise<string> {
  if (statOf(path).size > largestKeyFile) throw invalidKey(path, 'it is too large');
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw translateFileError(error, 'read the key', path);
  }
}

function statOf(path: string): { readonly mode: number; readonly size: number } {
  try {
    const stat = statSync(path);
    if (stat.isFile()) return stat;
  } catch (error) {
    const hint = 'Make one with "binfarm init", or give the path of yours';
    throw new FarmError('KEY_INVALID', `Cannot read the key "${path}": there is no such file`, { hint, cause: error });
  }
  throw invalidKey(path, 'it is no file');
}

async function writeNew(path: string, text: string, mode: number): Promise<void> {
  try {
    const file = await open(path, 'wx', mode);
    await file.writeFile(text);
    await file.chmod(mode);
    await file.sync();
    await file.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new FarmError('PATH_EXISTS', `Cannot make the key "${path}": there is one already`, { cause: error });
    }
    throw translateFileError(error, 'write the key', path);
  }
}

function invalidKey(name: string, state: string, cause?: unknown): FarmError {
  return new FarmError('KEY_INVALID', `Cannot use the key "${name}": ${state}`, cause === undefined ? {} : { cause });
}
