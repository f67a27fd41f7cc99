import { basename } from 'node:path';
import { FarmError } from '../../core/farm-error.ts';
import { fingerprintOf, readPublicKey } from '../../package/sign/key-file.ts';
import type { AppContext } from '../farm/open-farm.ts';
import type { KnownKey } from './keyring.ts';
import { withAdded } from './learn-keys.ts';
import { refuseRevoked } from './open-area-trust.ts';
import { type KeyOwner, openKeyPlace } from './open-key-place.ts';
import { readKeyring, writeKeyring } from './read-keyring.ts';

/** Which key is to be believed from now on. */
export interface TrustKeyRequest {
  readonly owner: KeyOwner;
  /** Of the public key. */
  readonly file: string;
  /** For people. */
  readonly name?: string;
  /** The fingerprint that somebody was told: the key must have it. */
  readonly fingerprint?: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly dryRun: boolean;
}

/** A key that is believed now, or would be. */
export interface TrustedKey {
  readonly id: string;
  readonly fingerprint: string;
  readonly name: string;
  /** False when it was believed before. */
  readonly isNew: boolean;
}

/** Believes a key from now on. Whether its fingerprint is the right one is for a person to say: `confirm` is given it, and false from it changes nothing.
 * @throws KEY_INVALID when it cannot be read or has another fingerprint; KEY_REVOKED when it was revoked: that is never taken back; ARGUMENT_INVALID when nobody has confirmed it */
export async function trustKey(
  request: TrustKeyRequest,
  context: AppContext,
  confirm: (key: Omit<TrustedKey, 'isNew'>) => Promise<boolean>,
): Promise<TrustedKey> {
  const { file, now } = request;
  const { place } = await openKeyPlace(request.owner, context);
  const key = await readPublicKey(file);
  const about = { id: key.id, fingerprint: fingerprintOf(key), name: request.name ?? basename(file, '.pub') };
  const before = await readKeyring(place);
  refuseRevoked(key, before.revoked);
  if (request.fingerprint !== undefined) refuseOther(request.fingerprint, about, file);
  if (before.keys.some((known) => known.key.id === key.id)) return { ...about, isNew: false };
  if (request.dryRun) return { ...about, isNew: true };
  if (request.fingerprint === undefined && !(await confirm(about))) {
    throw new FarmError(
      'ARGUMENT_INVALID',
      `Cannot trust the key "${file}": nobody has confirmed its fingerprint ${about.fingerprint}`,
      {
        hint: `If it is what the farm has told you: binfarm key trust ${file} --fingerprint "${about.fingerprint}"`,
      },
    );
  }
  const added: KnownKey = { key, name: about.name, since: new Date(now).toISOString() };
  await place.hold(context, async () => writeKeyring(place, withAdded(await readKeyring(place), [added])));
  return { ...about, isNew: true };
}

function refuseOther(told: string, { fingerprint }: { readonly fingerprint: string }, file: string): void {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[\s:]/g, '');
  if (plain(told) === plain(fingerprint)) return;
  throw new FarmError(
    'KEY_INVALID',
    `Cannot trust the key "${file}": its fingerprint is ${fingerprint}, not the one that you were told`,
    {
      hint: 'It is another key; ask the farm again, in a way that you trust',
    },
  );
}
