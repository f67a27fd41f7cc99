import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FarmError } from '../core/farm-error.ts';
import { createKey, type PublicKey, readPublicKey, readSecretKey, type SecretKey, type TrustedKeys } from '../package/sign/keys.ts';
import type { Farm, FarmPaths } from './open-farm.ts';

/** Makes a farm's signing key where there is none.
 * @throws FARM_EXISTS when there is one */
export async function createFarmKey(paths: Pick<FarmPaths, 'secretKey' | 'publicKey'>): Promise<PublicKey> {
  await mkdir(join(paths.secretKey, '..'), { recursive: true });
  return await createKey(paths.secretKey, paths.publicKey);
}

/** Reads the key that a farm signs with.
 * @throws KEY_INVALID */
export async function readFarmKey(farm: Farm): Promise<SecretKey> {
  return await readSecretKey(farm.paths.secretKey);
}

/** The keys whose packages a farm believes: its own, and those in keys/trusted.
 * @throws KEY_INVALID when one is damaged or there is none at all */
export async function readTrustedKeys(farm: Farm): Promise<TrustedKeys> {
  const { publicKey, trustedKeys } = farm.paths;
  const others = (await readdir(trustedKeys).catch(() => [])).filter((name) => name.endsWith('.pub')).sort();
  const paths = [publicKey, ...others.map((name) => join(trustedKeys, name))];
  const keys: PublicKey[] = [];
  for (const path of paths) keys.push(await readPublicKey(path));
  if (keys.length === 0) throw new FarmError('KEY_INVALID', 'Cannot verify packages: there is no key', { hint: 'binfarm key new' });
  return new Map(keys.map((key) => [key.id, key]));
}
