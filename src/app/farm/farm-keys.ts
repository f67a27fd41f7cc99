import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createKey, type PublicKey, readSecretKey, type SecretKey } from '../../package/sign/key-file.ts';
import { keyPlaceOfFarm } from '../keys/key-place.ts';
import { type Keyring, publicKeysOf } from '../keys/keyring.ts';
import { readKeyring } from '../keys/read-keyring.ts';
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

/** The keys whose packages a farm believes, its own and those in keys/trusted; those that it has revoked are among them, marked.
 * @throws KEY_INVALID when one is damaged */
export async function readTrustedKeys(farm: Farm): Promise<readonly PublicKey[]> {
  return publicKeysOf(await readFarmKeyring(farm));
}

/** The keys that a farm believes, with what is known of them.
 * @throws KEY_INVALID when one is damaged */
export async function readFarmKeyring(farm: Farm): Promise<Keyring> {
  return await readKeyring(keyPlaceOfFarm(farm));
}
