import { fingerprintOf } from '../../package/sign/key-file.ts';
import { createFarmKey } from '../farm/farm-keys.ts';
import type { Farm } from '../farm/open-farm.ts';
import { keyPlaceOfFarm } from './key-place.ts';
import { readKeyring, writeKeyring } from './read-keyring.ts';

/** What is said of a new key. */
export interface NewKeyRequest {
  /** For people. */
  readonly name?: string;
  /** After so many days the farm means to have another one. */
  readonly expiresInDays?: number;
}

/** Makes the signing key of a farm that has none.
 * @throws PATH_EXISTS when there is one: it is never replaced */
export async function newKey(
  farm: Farm,
  { name, expiresInDays }: NewKeyRequest,
  now: number,
): Promise<{ readonly keyId: string; readonly fingerprint: string }> {
  const key = await createFarmKey(farm.paths.secretKey);
  if (name !== undefined || expiresInDays !== undefined) {
    const place = keyPlaceOfFarm(farm);
    const keyring = await readKeyring(place);
    const expires =
      expiresInDays === undefined ? {} : { expires: new Date(now + expiresInDays * 86_400_000).toISOString() };
    const about = { ...(name === undefined ? {} : { name }), ...expires };
    const keys = keyring.keys.map((known) => (known.key.id === key.id ? { ...known, ...about } : known));
    await writeKeyring(place, { ...keyring, keys });
  }
  return { keyId: key.id, fingerprint: fingerprintOf(key) };
}
