import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FarmError } from '../../core/farm-error.ts';
import { isThere } from '../../core/is-there.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import type { RepositoryName } from '../format/repository-name.ts';
import { certificateLife, createCertificate, fingerprintOfCertificate } from './certificate.ts';

/** Where the keys of a repository lie, under the names that stock servers use. */
export interface KeyPaths {
  readonly folder: string;
  /** Signs whitelists; may be kept elsewhere. */
  readonly masterKey: string;
  /** What clients have. */
  readonly masterPublic: string;
  /** Signs revisions. */
  readonly key: string;
  readonly certificate: string;
}

/** The keys that publishing needs. */
export interface RepositoryKeys {
  readonly paths: KeyPaths;
  readonly key: KeyObject;
  /** PEM text. */
  readonly certificate: string;
  readonly fingerprint: string;
  readonly masterPublic: KeyObject;
}

const bits = 2048;

/** The key files of a repository in a folder. */
export function keyPathsOf(folder: string, name: RepositoryName): KeyPaths {
  return {
    folder,
    masterKey: join(folder, `${name}.masterkey`),
    masterPublic: join(folder, `${name}.pub`),
    key: join(folder, `${name}.key`),
    certificate: join(folder, `${name}.crt`),
  };
}

/** Makes the keys of a new repository; those that are there already stay.
 * @param now milliseconds since 1970
 * @throws PERMISSION_DENIED, DISK_FULL, KEY_INVALID */
export async function makeRepositoryKeys(paths: KeyPaths, name: RepositoryName, now: number): Promise<void> {
  await mkdir(paths.folder, { recursive: true, mode: 0o700 });
  const [hasMaster, hasKey] = [await isThere(paths.masterPublic), await isThere(paths.key)];
  if (!hasMaster) {
    const master = await generate();
    await writeNew(paths.masterKey, secretText(master.privateKey), 0o600);
    await writeNew(paths.masterPublic, master.publicKey.export({ type: 'spki', format: 'pem' }).toString(), 0o644);
  }
  if (!hasKey) {
    const { privateKey, publicKey } = await generate();
    await writeNew(paths.key, secretText(privateKey), 0o600);
    const facts = { name: `${name} CernVM-FS Release Managers`, secretKey: privateKey, publicKey };
    const certificate = createCertificate({ ...facts, from: now, until: now + certificateLife });
    await writeNew(paths.certificate, certificate, 0o644);
  }
}

async function generate(): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  return await promisify(generateKeyPair)('rsa', { modulusLength: bits });
}

function secretText(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

async function writeNew(path: string, text: string, mode: number): Promise<void> {
  try {
    const file = await open(path, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw translateFileError(error, 'write the key', path);
  }
}

/** Reads the keys of a repository that is to be published to.
 * @throws KEY_INVALID */
export async function readRepositoryKeys(paths: KeyPaths): Promise<RepositoryKeys> {
  const key = await readSecretRsaKey(paths.key);
  const certificate = await readText(paths.certificate);
  const masterPublic = await readPublicRsaKey(paths.masterPublic);
  try {
    const certified = createPublicKey(certificate).export({ type: 'spki', format: 'pem' });
    if (certified !== createPublicKey(key).export({ type: 'spki', format: 'pem' })) {
      throw keyInvalid(paths.certificate, `it is not the certificate of "${paths.key}"`);
    }
    return { paths, key, certificate, fingerprint: fingerprintOfCertificate(certificate), masterPublic };
  } catch (error) {
    throw error instanceof FarmError ? error : keyInvalid(paths.certificate, 'it is no certificate', error);
  }
}

/** Reads a secret RSA key, which nobody else may be able to read.
 * @throws KEY_INVALID */
export async function readSecretRsaKey(path: string): Promise<KeyObject> {
  const text = await readText(path);
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) throw keyInvalid(path, 'others can read it', undefined, `chmod 600 ${path}`);
  return parseRsa(path, () => createPrivateKey(text));
}

/** Reads a public RSA key.
 * @throws KEY_INVALID */
export async function readPublicRsaKey(path: string): Promise<KeyObject> {
  const text = await readText(path);
  return parseRsa(path, () => createPublicKey(text));
}

function parseRsa(path: string, parse: () => KeyObject): KeyObject {
  try {
    const key = parse();
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch (cause) {
    throw keyInvalid(path, 'it is no key in PEM form', cause);
  }
  throw keyInvalid(path, 'it is no RSA key');
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw keyInvalid(path, 'there is no such file', error);
    throw translateFileError(error, 'read the key', path);
  }
}

function keyInvalid(path: string, state: string, cause?: unknown, hint?: string): FarmError {
  return new FarmError('KEY_INVALID', `Cannot use the key "${path}": ${state}`, {
    cause,
    hint: hint ?? 'Name the folder of the repository’s keys with --keys',
  });
}
