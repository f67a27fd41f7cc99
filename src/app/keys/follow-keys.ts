import { FarmError } from '../../core/farm-error.ts';
import type { PublicKey } from '../../package/sign/key-file.ts';
import type { Keyring, KnownKey, RevokedKey } from './keyring.ts';
import type { ReadCard } from './read-card.ts';

/** Something that a keyring has learned from cards. */
export type KeyNews =
  | { readonly type: 'followed'; readonly from: string; readonly to: string; readonly name: string }
  | {
      readonly type: 'revoked';
      readonly key: string;
      readonly by: string;
      readonly time: string;
      readonly reason: string;
    };

/** How many keys may follow one another before somebody has to look. */
const longestChain = 16;

/** What cards are read with. */
export interface CardReader {
  /** The card of a key; undefined when there is none. It has been verified, see `readCard`. */
  readonly read: (key: PublicKey) => Promise<ReadCard | undefined>;
  /** ISO 8601. */
  readonly now: string;
}

/** Brings a keyring to what the cards of its keys say. A key that is believed names the next one, vouches for the one before, and revokes others. Trust only grows along what believed keys have
 * signed: what a revoked key names is not followed, a key that was followed once is never exchanged for another, and a revocation is never taken back. Of two keys that revoke each
 * other, the one that followed on the other is believed, and of strangers the one that is known here for longer.
 * @throws TRUST_OLD when a card is older than one that was seen; TRUST_INVALID when a card names another next key than before, or too many follow one another; what `read` throws */
export async function followKeys(
  keyring: Keyring,
  reader: CardReader,
): Promise<{ readonly keyring: Keyring; readonly news: readonly KeyNews[] }> {
  const state: Following = {
    keys: new Map(keyring.keys.map((known) => [known.key.id, known])),
    revoked: new Map(keyring.revoked.map((item) => [item.key.id, item])),
    news: [],
    reader,
  };
  const accepted: Link[] = [];
  for (const { key } of inOrder(keyring.keys)) {
    if (!state.revoked.has(key.id)) accepted.push(...(await followChain(key.id, state)));
  }
  dropOrphans(keyring, state);
  for (const link of accepted) if (state.keys.has(link.known.key.id)) await vouchForPrevious(link, state);
  return { keyring: { keys: [...state.keys.values()], revoked: [...state.revoked.values()] }, news: state.news };
}

interface Following {
  readonly keys: Map<string, KnownKey>;
  readonly revoked: Map<string, RevokedKey>;
  readonly news: KeyNews[];
  readonly reader: CardReader;
}

interface Link {
  readonly known: KnownKey;
  readonly reading: ReadCard | undefined;
}

/** Those that nothing has followed on first, and among them the oldest. */
function inOrder(keys: readonly KnownKey[]): readonly KnownKey[] {
  return keys.toSorted((a, b) => {
    const tips = Number(a.next !== undefined) - Number(b.next !== undefined);
    if (tips !== 0) return tips;
    return a.since === b.since ? (a.key.id < b.key.id ? -1 : 1) : a.since < b.since ? -1 : 1;
  });
}

/** Follows a believed key to those that came after it, and does what they say; gives those that are believed. */
async function followChain(id: string, state: Following): Promise<readonly Link[]> {
  const chain = await walkChain(state.keys.get(id)!, state);
  const accepted: Link[] = [];
  for (const [index, link] of chain.entries()) {
    const own = link.known.key.id;
    const gone = state.revoked.get(own) ?? revocationIn(chain.slice(index), own);
    if (gone !== undefined) {
      revoke(gone, state);
      break; // what a revoked key names may be named by a thief
    }
    if (index > 0 && !state.keys.has(own)) {
      const { via = '', name } = link.known;
      state.news.push({ type: 'followed', from: via, to: own, name });
    }
    state.keys.set(own, link.known);
    accepted.push(link);
  }
  for (const [index, { reading }] of [...accepted.entries()].toReversed()) {
    const later = new Set(chain.slice(index + 1).map(({ known }) => known.key.id));
    for (const item of reading?.revoked ?? []) {
      const isSuccessor = later.has(item.key.id) || isAfter(item.key.id, accepted[index]!.known, state);
      if (!isSuccessor) revoke(item, state);
    }
  }
  return accepted.filter(({ known }) => !state.revoked.has(known.key.id));
}

/** A believed key, and those that follow on it and are not known yet, each with its card. */
async function walkChain(first: KnownKey, { keys, reader }: Following): Promise<readonly Link[]> {
  const chain: Link[] = [];
  let known: KnownKey | undefined = first;
  while (known !== undefined) {
    if (chain.length > longestChain) throw tooLong(first.key.id);
    const reading: ReadCard | undefined = await reader.read(known.key);
    const current: KnownKey = update(known, reading);
    chain.push({ known: current, reading });
    const next: PublicKey | undefined = reading?.next;
    const isNew = next !== undefined && !keys.has(next.id) && !chain.some((link) => link.known.key.id === next.id);
    known = isNew ? { key: next, name: '', since: reader.now, via: current.key.id } : undefined;
  }
  return chain;
}

/** What is known of a key after its card was read.
 * @throws TRUST_OLD, TRUST_INVALID */
function update(known: KnownKey, reading: ReadCard | undefined): KnownKey {
  if (reading === undefined) return known;
  const { id } = known.key;
  const { name, expires, serial, next } = reading.card;
  if (serial < (known.serial ?? 0)) {
    throw new FarmError(
      'TRUST_OLD',
      `Cannot believe the card of key "${id}": it says change ${serial}, and change ${known.serial} was seen before`,
      { hint: 'The binhost, or something on the way to it, gives old content; try another mirror' },
    );
  }
  if (known.next !== undefined && next !== undefined && next.id !== known.next) {
    throw new FarmError(
      'TRUST_INVALID',
      `Cannot follow key "${id}" to "${next.id}": it was followed to "${known.next}" before`,
      { hint: 'Somebody else may have the old key; ask the farm which key is its own' },
    );
  }
  const { expires: _, ...rest } = known;
  return {
    ...rest,
    name: name === '' ? known.name : name,
    serial,
    ...(expires === undefined ? {} : { expires }),
    ...(next === undefined ? {} : { next: next.id }),
  };
}

/** What a key itself, or one that follows on it, says about its end. */
function revocationIn(chain: readonly Link[], id: string): RevokedKey | undefined {
  for (const { reading } of chain.toReversed()) {
    const found = reading?.revoked.find(({ key }) => key.id === id);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** True when a key is known to have followed on another one. */
function isAfter(id: string, known: KnownKey, { keys }: Following): boolean {
  const seen = new Set<string>();
  for (let next = known.next; next !== undefined && !seen.has(next); next = keys.get(next)?.next) {
    if (next === id) return true;
    seen.add(next);
  }
  return false;
}

function revoke(item: RevokedKey, { keys, revoked, news }: Following): void {
  const { id } = item.key;
  if (revoked.has(id)) return;
  const known = keys.get(id);
  revoked.set(id, { ...item, name: item.name === '' ? (known?.name ?? '') : item.name });
  if (!keys.delete(id)) return; // nobody here has ever believed it
  news.push({ type: 'revoked', key: id, by: item.by ?? '', time: item.revoked, reason: item.reason });
}

/** Leaves out what was only followed now on the word of a key that, as another one says, is revoked. */
function dropOrphans({ keys: before }: Keyring, { keys, revoked, news }: Following): void {
  const old = new Set(before.map(({ key }) => key.id));
  for (const [id, { via }] of keys) {
    if (old.has(id) || via === undefined || (keys.has(via) && !revoked.has(via))) continue;
    keys.delete(id);
    const told = news.findIndex((item) => item.type === 'followed' && item.to === id);
    if (told !== -1) news.splice(told, 1);
  }
}

/** A believed key vouches for the one before it, so that what that has signed stays good for whoever comes later. */
async function vouchForPrevious({ known, reading }: Link, state: Following): Promise<void> {
  let after = known.key.id;
  let previous = reading?.previous;
  for (let steps = 0; previous !== undefined && steps < longestChain; steps += 1) {
    const { id } = previous;
    if (state.keys.has(id) || state.revoked.has(id)) return;
    const before = await state.reader.read(previous);
    if (before !== undefined && before.next?.id !== after) return;
    const fresh = { key: previous, name: '', since: state.reader.now, via: after, next: after };
    state.keys.set(id, update(fresh, before));
    after = id;
    previous = before?.previous;
  }
}

function tooLong(id: string): FarmError {
  return new FarmError(
    'TRUST_INVALID',
    `Cannot follow key "${id}": more than ${longestChain} keys follow one another`,
    { hint: 'Get the farm’s present key in a way that you trust, and name it: --key farm.key.pub' },
  );
}
