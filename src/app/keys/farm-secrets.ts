import { copyFile, link, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isThere } from '../../core/is-there.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { syncFolder, writeFileAtomic } from '../../core/write-file-atomic.ts';
import {
  createKey,
  formatPublicKey,
  readPublicKey,
  readSecretKey,
  type SecretKey,
} from '../../package/sign/key-file.ts';
import type { Farm } from '../farm/open-farm.ts';

/** Where a farm keeps the secret keys that it does not sign with now: the next one, and those before. Git does not see the folder. */
function secretsOf({ paths }: Farm): { readonly folder: string; readonly next: string; readonly nextPublic: string } {
  const folder = join(paths.folder, 'keys', 'secret');
  const next = join(folder, 'next.key');
  return { folder, next, nextPublic: `${next}.pub` };
}

/** The key that is to follow on the farm's, when one was made.
 * @throws KEY_INVALID */
export async function readNextKey(farm: Farm): Promise<SecretKey | undefined> {
  const { next } = secretsOf(farm);
  return (await isThere(next)) ? await readSecretKey(next) : undefined;
}

/** Makes the key that is to follow on the farm's.
 * @throws PERMISSION_DENIED, DISK_FULL */
export async function createNextKey(farm: Farm): Promise<SecretKey> {
  const { folder, next, nextPublic } = secretsOf(farm);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(join(folder, '.gitignore'), '*\n');
    await rm(nextPublic, { force: true }); // of a key whose secret part was never written
  } catch (error) {
    throw translateFileError(error, 'make the key', next);
  }
  return await createKey(next);
}

/** Has the farm sign with its next key from now on; the one before stays beside it, for who must revoke it. Interrupted, it can be called again.
 * @throws KEY_INVALID, PERMISSION_DENIED, DISK_FULL */
export async function switchFarmKey(farm: Farm): Promise<void> {
  const { folder, next, nextPublic } = secretsOf(farm);
  const { secretKey, publicKey } = farm.paths;
  try {
    if (await isThere(next)) {
      const { public: waiting } = await readSecretKey(next);
      await writeFileAtomic(nextPublic, formatPublicKey(waiting.key)); // it may never have been written
      const { id } = await readSecretKey(secretKey);
      const kept = join(folder, `${id}.key`);
      if (!(await isThere(kept))) await link(secretKey, kept).catch(() => copyFile(secretKey, kept));
      await syncFolder(folder);
      await rename(next, secretKey);
    }
    if (await isThere(nextPublic)) await rename(nextPublic, publicKey);
    await syncFolder(join(farm.paths.folder, 'keys'));
  } catch (error) {
    throw translateFileError(error, 'switch to the new key', secretKey);
  }
}

/** True when a switch was interrupted between the secret and the public key. */
export async function isSwitchUnfinished(farm: Farm): Promise<boolean> {
  const { next, nextPublic } = secretsOf(farm);
  if ((await isThere(next)) || !(await isThere(nextPublic))) return false;
  const [secret, waiting] = [await readSecretKey(farm.paths.secretKey), await readPublicKey(nextPublic)];
  return secret.id === waiting.id;
}
