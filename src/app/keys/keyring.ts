import type { PublicKey } from '../../package/sign/key-file.ts';

/** A key that is believed, and what is known of it. */
export interface KnownKey {
  readonly key: PublicKey;
  /** For people; empty where nobody has said one. */
  readonly name: string;
  /** ISO 8601: when it was first believed here. */
  readonly since: string;
  /** ISO 8601: when its farm means to have another one. */
  readonly expires?: string;
  /** The id of the key that has named this one; absent for a key that somebody has put here. */
  readonly via?: string;
  /** The id of the key that follows on this one. It never changes once it was seen. */
  readonly next?: string;
  /** Of the newest of its cards that was seen. */
  readonly serial?: number;
}

/** A key that is not believed any more, whatever it has signed. */
export interface RevokedKey {
  /** It carries the mark of a revoked one. */
  readonly key: PublicKey;
  readonly name: string;
  /** ISO 8601. */
  readonly revoked: string;
  readonly reason: string;
  /** The id of the key that says so; absent where that was decided here. */
  readonly by?: string;
}

/** The keys that a farm or an area believes, and those that it does not believe any more. */
export interface Keyring {
  readonly keys: readonly KnownKey[];
  readonly revoked: readonly RevokedKey[];
}

/** The keys of a keyring as signatures are checked with them: revoked ones are among them, marked, so that an error can say why. */
export function publicKeysOf({ keys, revoked }: Keyring): readonly PublicKey[] {
  return [...keys, ...revoked].map(({ key }) => key);
}

/** Marks a key as revoked. */
export function revokedKeyOf(
  { id, key }: PublicKey,
  about: Pick<RevokedKey, 'name' | 'revoked' | 'reason' | 'by'>,
): RevokedKey {
  return { ...about, key: { id, key, revoked: { time: about.revoked, reason: about.reason } } };
}

/** The ids of some keys and of all that have followed on them. */
export function withSuccessors({ keys }: Keyring, ids: readonly string[]): readonly string[] {
  const found = new Set(ids);
  for (const id of found) {
    const next = keys.find(({ key }) => key.id === id)?.next;
    if (next !== undefined) found.add(next);
  }
  return [...found];
}

/** People are told of a key that expires within so many days. */
const warnedDays = 30;

/** True when a key expires soon, or has expired, and none follows on it yet.
 * @param now milliseconds since 1970 */
export function isExpiring({ expires, next }: KnownKey, now: number): boolean {
  return expires !== undefined && next === undefined && Date.parse(expires) - now < warnedDays * 86_400_000;
}
