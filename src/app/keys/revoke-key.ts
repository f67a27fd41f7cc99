import type { Binhost, StoredPackage } from '../../binhost/binhost.ts';
import { openBinhost } from '../../binhost/open-binhost.ts';
import { FarmError, isFarmError } from '../../core/farm-error.ts';
import { isThere } from '../../core/is-there.ts';
import { signersOf } from '../../package/sign/envelope.ts';
import { type PublicKey, readPublicKey, readSecretKey } from '../../package/sign/key-file.ts';
import type { AppContext, Farm } from '../farm/open-farm.ts';
import { readNextKey } from './farm-secrets.ts';
import { keyPlaceOfFarm } from './key-place.ts';
import { type Keyring, revokedKeyOf } from './keyring.ts';
import { type KeyOwner, openKeyPlace } from './open-key-place.ts';
import { publishFarmCard } from './publish-card.ts';
import { readKeyring, writeKeyring } from './read-keyring.ts';

/** Which key is not to be believed any more. */
export interface RevokeKeyRequest {
  readonly owner: KeyOwner;
  /** Its id, its name, or the file of its public part. */
  readonly key: string;
  /** For people; everybody can read it. */
  readonly reason: string;
  /** Also removes from the farm's binhost the packages that only revoked keys have signed, so that a build makes them anew. */
  readonly purge: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly dryRun: boolean;
}

/** A key that is revoked now, or would be. */
export interface RevokeKeyResult {
  readonly id: string;
  readonly name: string;
  readonly reason: string;
  /** The binhost that now says so to others; absent for an area, and for a farm that has no key of its own to say it with. */
  readonly published?: string;
  /** Packages and releases in the farm's binhost that nobody believes any more, because only revoked keys have signed them. */
  readonly lost?: { readonly packages: number; readonly releases: readonly string[] };
  /** How many packages were removed. */
  readonly purged: number;
}

/** Ends the trust in a key, here at once, and elsewhere as soon as it is learned from the binhost: nothing that only this key has signed is believed any more, and it is never believed again.
 * A farm says so with its own key; an area decides for itself alone. Interrupted, it can be called again.
 * @throws KEY_UNKNOWN when there is no such key here; ARGUMENT_INVALID for the key that signs here or is to do so next; KEY_INVALID, BINHOST_UNAVAILABLE, BINHOST_DENIED */
export async function revokeKey(request: RevokeKeyRequest, context: AppContext): Promise<RevokeKeyResult> {
  const { place, farm } = await openKeyPlace(request.owner, context);
  const { key, name } = await findKey(await readKeyring(place), request.key);
  if (farm !== undefined) await refuseOwn(farm, key);
  const result = { id: key.id, name, reason: request.reason, purged: 0 };
  if (request.dryRun) return result;
  return await place.hold(context, async () => {
    const before = await readKeyring(place);
    if (!before.revoked.some((item) => item.key.id === key.id && item.by === undefined)) {
      const about = { name, revoked: new Date(request.now).toISOString(), reason: request.reason };
      const others = before.revoked.filter((item) => item.key.id !== key.id);
      const keys = before.keys.filter((known) => known.key.id !== key.id);
      await writeKeyring(place, { keys, revoked: [...others, revokedKeyOf(key, about)] });
      await place.dropUnpacked();
    }
    if (farm === undefined) return result;
    return { ...result, ...(await tellOthers(farm, request, context)) };
  });
}

async function findKey(keyring: Keyring, text: string): Promise<{ readonly key: PublicKey; readonly name: string }> {
  const all = [...keyring.keys, ...keyring.revoked];
  const found = all.filter(({ key, name }) => key.id === text || name === text);
  if (found.length === 1 && found[0] !== undefined) return found[0];
  if (found.length === 0 && (await isThere(text))) {
    const key = await readPublicKey(text);
    return all.find((item) => item.key.id === key.id) ?? { key, name: '' };
  }
  throw new FarmError(
    'KEY_UNKNOWN',
    `Cannot revoke the key "${text}": ${found.length === 0 ? 'there is none such here' : 'several have that name'}`,
    {
      hint: 'binfarm key list',
    },
  );
}

/** A farm without a key that others believe could not even say that one is revoked. */
async function refuseOwn(farm: Farm, { id }: PublicKey): Promise<void> {
  const own = (await isThere(farm.paths.secretKey)) ? await readSecretKey(farm.paths.secretKey) : undefined;
  const next = await readNextKey(farm);
  if (own?.id !== id && next?.id !== id) return;
  const state = own?.id === id ? 'it is the one that signs here' : 'it is the one that is to sign here next';
  throw new FarmError('ARGUMENT_INVALID', `Cannot revoke the key "${id}": ${state}`, {
    hint: 'binfarm key rotate makes another one; then this one can be revoked',
  });
}

async function tellOthers(
  farm: Farm,
  { now, purge }: RevokeKeyRequest,
  { emit, signal, settingSources }: AppContext,
): Promise<Pick<RevokeKeyResult, 'published' | 'lost' | 'purged'>> {
  const options = { farm: farm.stack.farm, emit, signal, environment: settingSources.environment };
  const binhost = openBinhost(farm.paths.binhost, options);
  const canSign = await isThere(farm.paths.secretKey);
  if (canSign) await publishFarmCard(farm, binhost, now);
  const published = canSign ? { published: binhost.location } : {};
  const { revoked } = await readKeyring(keyPlaceOfFarm(farm));
  const lost = await findLost(binhost, new Set(revoked.map(({ key }) => key.id)));
  if (lost === undefined) return { ...published, purged: 0 };
  if (purge) for (const stored of lost.packages) await binhost.remove(stored);
  return {
    ...published,
    lost: { packages: lost.packages.length, releases: lost.releases },
    purged: purge ? lost.packages.length : 0,
  };
}

/** What only revoked keys have signed; undefined where the binhost does not tell what it has. */
async function findLost(
  binhost: Binhost,
  revoked: ReadonlySet<string>,
): Promise<{ readonly packages: readonly StoredPackage[]; readonly releases: readonly string[] } | undefined> {
  const isLost = (envelope: unknown) => {
    const signers = signersOf(envelope);
    return signers.length > 0 && signers.every((id) => revoked.has(id));
  };
  try {
    const packages = (await binhost.list()).filter(({ envelope }) => isLost(envelope));
    const releases: string[] = [];
    for (const name of await binhost.listDocuments('release'))
      if (isLost((await binhost.getDocument('release', name))?.envelope)) releases.push(name);
    return { packages, releases };
  } catch (error) {
    if (isFarmError(error, 'BINHOST_UNSUPPORTED')) return undefined;
    throw error;
  }
}
