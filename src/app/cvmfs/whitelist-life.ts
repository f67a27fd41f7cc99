import type { RepositoryName } from '../../cvmfs/format/repository-name.ts';
import type { RepositoryStore } from '../../cvmfs/store/repository-store.ts';
import type { RepositoryKeys } from '../../cvmfs/trust/repository-keys.ts';
import { parseWhitelist, type Whitelist } from '../../cvmfs/trust/whitelist.ts';
import type { AppContext } from '../farm/open-farm.ts';

const day = 86_400_000;

/** For how many days a whitelist is signed where nobody says otherwise. */
export const usualWhitelistDays = 30;

/** From so many days before its end on, a whitelist is said to expire soon. */
export const warningDays = 14;

/** What a whitelist's life is like. */
export interface WhitelistLife {
  /** ISO 8601. */
  readonly expires: string;
  readonly days: number;
  readonly state: 'good' | 'expiring' | 'expired';
}

/** Says how long a whitelist still lives. */
export function lifeOf({ expires }: Whitelist, now: number): WhitelistLife {
  const days = Math.floor((expires - now) / day);
  const state = expires <= now ? 'expired' : days < warningDays ? 'expiring' : 'good';
  return { expires: new Date(expires).toISOString(), days, state };
}

/** Reads the whitelist of a repository, and tells when it expires soon; undefined when there is none yet.
 * @throws SIGNATURE_INVALID */
export async function watchWhitelist(
  {
    store,
    keys,
    name,
  }: { readonly store: RepositoryStore; readonly keys: RepositoryKeys; readonly name: RepositoryName },
  context: Pick<AppContext, 'emit'>,
): Promise<WhitelistLife | undefined> {
  const bytes = await store.readWhitelist().catch(() => undefined);
  if (bytes === undefined) return undefined;
  const life = lifeOf(parseWhitelist(bytes, keys.masterPublic), Date.now());
  if (life.state !== 'good')
    context.emit({
      type: 'cvmfs.expiring',
      repository: name,
      expires: life.expires,
      expired: life.state === 'expired',
    });
  return life;
}

/** A whitelist that says from now on, for so many days, that a certificate may sign revisions. */
export function whitelistFor(
  name: string,
  fingerprints: readonly string[],
  { now, days }: { readonly now: number; readonly days: number },
): Whitelist {
  return { created: now, expires: now + days * day, name, fingerprints };
}
