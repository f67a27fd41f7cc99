import type { Binhost } from '../../binhost/binhost.ts';
import { FarmError, isFarmError } from '../../core/farm-error.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import type { KeyCard, KeyRevocation } from '../../model/key-card.ts';
import { signStatement } from '../../package/sign/envelope.ts';
import { formatPublicKey, type PublicKey, readSecretKey, type SecretKey } from '../../package/sign/key-file.ts';
import type { Farm } from '../farm/open-farm.ts';
import { readNextKey } from './farm-secrets.ts';
import { keyPlaceOfFarm } from './key-place.ts';
import type { Keyring, KnownKey } from './keyring.ts';
import { readCard } from './read-card.ts';
import { readKeyring, writeKeyring } from './read-keyring.ts';

/** Publishes what the farm's signing key says of itself and of others, where that is anything and not there already. Only for whoever holds the farm.
 * @throws KEY_INVALID, BINHOST_UNAVAILABLE, BINHOST_DENIED, DOCUMENT_CHANGED */
export async function publishFarmCard(farm: Farm, binhost: Binhost, now: number): Promise<KeyCard | undefined> {
  const signer = await readSecretKey(farm.paths.secretKey);
  const next = await readNextKey(farm);
  return await publishCard(farm, { binhost, signer, ...(next === undefined ? {} : { next }), now });
}

/** What a card is published with. */
export interface CardRequest {
  readonly binhost: Binhost;
  readonly signer: SecretKey;
  /** The secret part of the key that follows on it, where one does: it signs, too. */
  readonly next?: SecretKey;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Publishes the card of one key of a farm; undefined when there is nothing to say.
 * @throws KEY_INVALID, BINHOST_UNAVAILABLE, BINHOST_DENIED, DOCUMENT_CHANGED */
export async function publishCard(
  farm: Farm,
  { binhost, signer, next, now }: CardRequest,
): Promise<KeyCard | undefined> {
  const place = keyPlaceOfFarm(farm);
  const keyring = await readKeyring(place);
  const own = keyring.keys.find(({ key }) => key.id === signer.id);
  if (own === undefined) return undefined;
  if (own.next !== undefined && own.next !== next?.id) {
    throw new FarmError(
      'KEY_INVALID',
      `Cannot publish the card of key "${signer.id}": the next key "${own.next}" is missing`,
      {
        hint: 'Bring keys/secret/next.key back from a copy: who has followed to that key follows to no other',
      },
    );
  }
  const says = contentOf(farm, own, { keyring, next: next?.public });
  if (says.expires === undefined && says.previous === undefined && says.next === undefined && says.revoked.length === 0)
    return undefined;
  const stored = await binhost.getDocument('key', signer.id);
  const before = stored === undefined ? undefined : readOr(() => readCard(stored, signer.public, farm.stack.farm).card);
  if (before !== undefined && isSame(before, says)) return before;
  const serial = Math.max(before?.serial ?? 0, own.serial ?? 0) + 1;
  const card: KeyCard = { ...says, serial, published: new Date(now).toISOString() };
  const keys = keyring.keys.map((known) => (known === own ? { ...known, serial } : known));
  await writeKeyring(place, { ...keyring, keys }); // first, so that no number is used for two cards
  const signers = card.next === undefined || next === undefined ? [] : [next];
  const seen = stored === undefined ? {} : { ifCurrent: stored.digest };
  await binhost.putDocument('key', signer.id, {
    envelope: signStatement(card, signer, ...signers),
    replace: true,
    ...seen,
  });
  return card;
}

type Content = Omit<KeyCard, 'serial' | 'published'>;

function contentOf(
  farm: Farm,
  own: KnownKey,
  { keyring, next }: { readonly keyring: Keyring; readonly next: PublicKey | undefined },
): Content {
  const previous = keyring.keys.find((known) => known.next === own.key.id);
  const decided = keyring.revoked.filter(({ by }) => by === undefined);
  return {
    type: 'key',
    format: 'binfarm.key/1',
    farm: farm.stack.farm,
    ...named(own.key),
    name: own.name === '' ? farm.stack.farm : own.name,
    since: own.since,
    ...(own.expires === undefined ? {} : { expires: own.expires }),
    ...(previous === undefined ? {} : { previous: named(previous.key) }),
    ...(next === undefined ? {} : { next: named(next) }),
    revoked: decided
      .map(({ key, name, revoked, reason }): KeyRevocation => ({ ...named(key), name, revoked, reason }))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

function named({ id, key }: PublicKey): { readonly id: string; readonly key: string } {
  return { id, key: formatPublicKey(key) };
}

function isSame({ serial: _, published: __, ...before }: KeyCard, says: Content): boolean {
  return formatCanonicalJson(before) === formatCanonicalJson(says);
}

/** A card that somebody has spoiled is replaced by a good one. */
function readOr(read: () => KeyCard): KeyCard | undefined {
  try {
    return read();
  } catch (error) {
    if (isFarmError(error)) return undefined;
    throw error;
  }
}
