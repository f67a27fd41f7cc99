import type { Binhost } from '../../binhost/binhost.ts';
import type { PublicKey } from '../../package/sign/key-file.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { type CardReader, followKeys, type KeyNews } from './follow-keys.ts';
import type { KeyPlace } from './key-place.ts';
import { isExpiring, type Keyring, type KnownKey } from './keyring.ts';
import { readCard } from './read-card.ts';
import { isSameKeyring, readKeyring, writeKeyring } from './read-keyring.ts';

/** What is to be learned, and from where. */
export interface LearnRequest {
  /** What is believed before. */
  readonly keyring: Keyring;
  readonly binhost: Pick<Binhost, 'getDocument'>;
  readonly farm: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Learns from a binhost what the cards of believed keys say: which keys follow on them, and which are revoked. Nothing is written, so that a dry run can use it.
 * @throws TRUST_OLD, TRUST_INVALID, SIGNATURE_INVALID, KEY_UNKNOWN, and what the binhost throws */
export async function learnKeys(
  { keyring, binhost, farm, now }: LearnRequest,
  context: Pick<AppContext, 'emit'>,
): Promise<LearnedKeys> {
  const cards = new Map<string, ReturnType<CardReader['read']>>();
  const reader: CardReader = {
    now: new Date(now).toISOString(),
    read: (key) => {
      const cached = cards.get(key.id) ?? readFrom(binhost, key, farm);
      cards.set(key.id, cached);
      return cached;
    },
  };
  const { keyring: learned, news } = await followKeys(keyring, reader);
  tell(learned, news, { now, emit: context.emit });
  return {
    keyring: learned,
    remember: async (place, holder, added = []) => {
      const bring = async () => {
        const present = await readKeyring(place); // somebody else may have learned something, too
        const next = (await followKeys(withAdded(present, added), reader)).keyring;
        return isSameKeyring(present, next) ? undefined : next;
      };
      if ((await bring()) === undefined) return;
      await place.hold(holder, async () => {
        const next = await bring();
        if (next === undefined) return;
        await writeKeyring(place, next);
        if (news.some(({ type }) => type === 'revoked')) await place.dropUnpacked();
      });
    },
  };
}

/** What was learned of keys. */
export interface LearnedKeys {
  readonly keyring: Keyring;
  /** Writes it where the keys are, with some more that are believed there from now on, unless all of it is there already.
   * @throws PERMISSION_DENIED, DISK_FULL */
  readonly remember: (place: KeyPlace, context: AppContext, added?: readonly KnownKey[]) => Promise<void>;
}

/** A keyring with some more keys; one that is revoked is not believed again. */
export function withAdded({ keys, revoked }: Keyring, added: readonly KnownKey[]): Keyring {
  const isIn = (items: readonly { readonly key: PublicKey }[], { key }: KnownKey) =>
    items.some((item) => item.key.id === key.id);
  return { keys: [...keys, ...added.filter((known) => !isIn(keys, known) && !isIn(revoked, known))], revoked };
}

async function readFrom(binhost: LearnRequest['binhost'], key: PublicKey, farm: string) {
  const stored = await binhost.getDocument('key', key.id);
  return stored === undefined ? undefined : readCard(stored, key, farm);
}

function tell(
  { keys }: Keyring,
  news: readonly KeyNews[],
  { now, emit }: { readonly now: number; readonly emit: AppContext['emit'] },
): void {
  for (const item of news) {
    if (item.type === 'followed') emit({ ...item, type: 'trust.followed' });
    else emit({ ...item, type: 'trust.revoked' });
  }
  for (const known of keys) {
    const { key, name, expires } = known;
    if (expires === undefined || !isExpiring(known, now)) continue;
    emit({ type: 'trust.expiring', key: key.id, name, expires, expired: Date.parse(expires) < now });
  }
}
