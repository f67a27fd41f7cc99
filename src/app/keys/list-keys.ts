import { isThere } from '../../core/is-there.ts';
import { fingerprintOf, readSecretKey } from '../../package/sign/key-file.ts';
import { type AppContext, type Farm, resolveBinhost } from '../farm/open-farm.ts';
import { readNextKey } from './farm-secrets.ts';
import { type Keyring, type KnownKey, withSuccessors } from './keyring.ts';
import { type KeyOwner, openKeyPlace } from './open-key-place.ts';
import { readKeyring } from './read-keyring.ts';

/** What a key is to whoever has it in the list: it signs here, is to sign here next, is believed, or is not believed any more. */
export type KeyRole = 'signs here' | 'next' | 'trusted' | 'revoked';

/** One key of a farm or an area. */
export interface ListedKey {
  readonly id: string;
  readonly fingerprint: string;
  /** Empty where nobody has said one. */
  readonly name: string;
  readonly role: KeyRole;
  /** ISO 8601: since when it is believed here, or is not any more. */
  readonly since: string;
  /** ISO 8601: when its farm means to have another one. */
  readonly expires?: string;
  /** The id of the key that follows on it. */
  readonly next?: string;
  /** The id of the key that has named it. */
  readonly via?: string;
  /** Why it is not believed any more. */
  readonly reason?: string;
  /** Binhosts that what it has signed is taken from. */
  readonly binhosts: readonly string[];
}

/** Lists the keys of a farm folder or of an area, the one that signs first, revoked ones last.
 * @throws KEY_INVALID, FARM_NOT_FOUND, AREA_INVALID */
export async function listKeys(owner: KeyOwner, context: AppContext): Promise<readonly ListedKey[]> {
  const { place, farm, source } = await openKeyPlace(owner, context);
  const keyring = await readKeyring(place);
  const roles = await readRoles(farm);
  const binhostsOf = (id: string) =>
    farm === undefined ? [source].flatMap((item) => item ?? []) : binhostsIn(farm, id, keyring);
  const believed = keyring.keys.map((known) => ({
    ...describe(known),
    role: roles.get(known.key.id) ?? ('trusted' as const),
    binhosts: binhostsOf(known.key.id),
  }));
  const revoked = keyring.revoked.map(({ key, name, revoked: since, reason, by }) => ({
    id: key.id,
    fingerprint: fingerprintOf(key),
    name,
    role: 'revoked' as const,
    since,
    reason,
    ...(by === undefined ? {} : { via: by }),
    binhosts: [],
  }));
  return [...believed, ...revoked].toSorted((a, b) => orderOf(a) - orderOf(b) || (a.since < b.since ? -1 : 1));
}

function describe({ key, name, since, expires, next, via }: KnownKey): Omit<ListedKey, 'role' | 'binhosts'> {
  return {
    id: key.id,
    fingerprint: fingerprintOf(key),
    name,
    since,
    ...(expires === undefined ? {} : { expires }),
    ...(next === undefined ? {} : { next }),
    ...(via === undefined ? {} : { via }),
  };
}

async function readRoles(farm: Farm | undefined): Promise<ReadonlyMap<string, KeyRole>> {
  const roles = new Map<string, KeyRole>();
  if (farm === undefined) return roles;
  const next = await readNextKey(farm);
  if (next !== undefined) roles.set(next.id, 'next');
  if (await isThere(farm.paths.secretKey)) roles.set((await readSecretKey(farm.paths.secretKey)).id, 'signs here');
  return roles;
}

function binhostsIn({ paths, stack }: Farm, id: string, keyring: Keyring): readonly string[] {
  const others = stack.binhosts.filter(({ keys }) => keys === undefined || withSuccessors(keyring, keys).includes(id));
  return [paths.binhost, ...others.map(({ location }) => resolveBinhost(paths.folder, location))];
}

function orderOf({ role }: ListedKey): number {
  return ['signs here', 'next', 'trusted', 'revoked'].indexOf(role);
}
