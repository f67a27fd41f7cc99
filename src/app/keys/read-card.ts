import type { StoredDocument } from '../../binhost/binhost.ts';
import { FarmError, isFarmError } from '../../core/farm-error.ts';
import { type KeyCard, parseKeyCard } from '../../model/key-card.ts';
import { verifyEnvelope } from '../../package/sign/envelope.ts';
import { type PublicKey, parsePublicKey } from '../../package/sign/key-file.ts';
import { type RevokedKey, revokedKeyOf } from './keyring.ts';

/** A key's card that its key has signed, with the keys in it read. */
export interface ReadCard {
  readonly card: KeyCard;
  readonly previous?: PublicKey;
  readonly next?: PublicKey;
  readonly revoked: readonly RevokedKey[];
}

/** Reads a key's card: it must be signed by that key, and by the next one where it names one, and be of this farm.
 * @throws SIGNATURE_INVALID, KEY_UNKNOWN, TRUST_INVALID */
export function readCard(
  stored: Pick<StoredDocument, 'envelope' | 'location'>,
  key: PublicKey,
  farm: string,
): ReadCard {
  const { location, envelope } = stored;
  const signer = { id: key.id, key: key.key }; // a revoked key's card is read, too: it may say so itself
  const parsed = parseKeyCard(blame(location, key.id, () => verifyEnvelope(envelope, [signer])));
  if ('problem' in parsed) throw cardInvalid(location, key.id, parsed.problem);
  const { card } = parsed;
  if (card.farm !== farm) throw cardInvalid(location, key.id, `it is for the farm "${card.farm}"`);
  if (card.id !== key.id) throw cardInvalid(location, key.id, `it is that of the key ${card.id}`);
  const named = (item: { readonly id: string; readonly key: string }): PublicKey => {
    const found = blame(location, key.id, () => parsePublicKey(item.key, item.id));
    if (found.id === item.id) return found;
    throw cardInvalid(location, key.id, `the key that it calls ${item.id} is ${found.id}`);
  };
  named(card);
  const next = card.next === undefined ? undefined : named(card.next);
  if (next !== undefined) blame(location, key.id, () => verifyEnvelope(envelope, [next]));
  return {
    card,
    ...(card.previous === undefined ? {} : { previous: named(card.previous) }),
    ...(next === undefined ? {} : { next }),
    revoked: card.revoked.map((item) => {
      const { name = '', revoked, reason } = item;
      return revokedKeyOf(named(item), { name, revoked, reason, by: key.id });
    }),
  };
}

/** Says which card an error is about. */
function blame<Result>(location: string, id: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!isFarmError(error)) throw error;
    const { code, message, details } = error;
    const state = message.slice(message.indexOf(': ') + 2);
    throw new FarmError(code, `Cannot believe the card of key "${id}" in "${location}": ${state}`, {
      hint: 'Somebody may have changed it; ask the farm, or use another binhost',
      details,
      cause: error,
    });
  }
}

function cardInvalid(location: string, id: string, state: string): FarmError {
  return new FarmError('TRUST_INVALID', `Cannot believe the card of key "${id}" in "${location}": ${state}`);
}
