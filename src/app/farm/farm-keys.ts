import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isThere } from '../../core/is-there.ts';
import {
  createKey,
  type PublicKey,
  readPublicKey,
  readSecretKey,
  type SecretKey,
} from '../../package/sign/key-file.ts';
import type { Farm } from './open-farm.ts';

/** Makes a farm's signing key where there is none, at the path of the secret one.
 * @throws PATH_EXISTS when there is one: it is never replaced */
export async function createFarmKey(secretKey: string): Promise<PublicKey> {
  await mkdir(dirname(secretKey), { recursive: true, mode: 0o700 });
  return (await createKey(secretKey)).public;
}

/** Reads the key that a farm signs with.
 * @throws KEY_INVALID */
export async function readFarmKey(farm: Farm): Promise<SecretKey> {
  return await readSecretKey(farm.paths.secretKey);
}

/** The keys whose packages a farm believes: its own, and those in keys/trusted.
 * @throws KEY_INVALID when one is damaged */
export async function readTrustedKeys(farm: Farm): Promise<readonly PublicKey[]> {
  const { publicKey, trustedKeys } = farm.paths;
  const others = (await readdir(trustedKeys).catch(() => [])).filter((name) => name.endsWith('.pub')).sort();
  const own = (await isThere(publicKey)) ? [publicKey] : []; // a farm without a key can plan, and believes nothing
  return await Promise.all([...own, ...others.map((name) => join(trustedKeys, name))].map(readPublicKey));
}
