import { join } from 'node:path';
import { openBinhost } from '../../binhost/open-binhost.ts';
import { writeFileAtomic } from '../../core/write-file-atomic.ts';
import { fingerprintOf, formatPublicKey, readSecretKey, type SecretKey } from '../../package/sign/key-file.ts';
import { type AppContext, openFarm } from '../farm/open-farm.ts';
import { createNextKey, isSwitchUnfinished, readNextKey, switchFarmKey } from './farm-secrets.ts';
import { type KeyPlace, keyPlaceOfFarm } from './key-place.ts';
import type { KnownKey } from './keyring.ts';
import { publishCard } from './publish-card.ts';
import { readKeyring, writeKeyring } from './read-keyring.ts';

/** How a farm gets another key. */
export interface RotateKeyRequest {
  readonly farm: string;
  /** For people; that of the key before when absent. */
  readonly name?: string;
  /** After so many days the farm means to have yet another one. */
  readonly expiresInDays?: number;
  /** Only names the new key to others, and goes on signing with the old one: the next rotation finishes it. */
  readonly prepareOnly: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly dryRun: boolean;
}

/** The key that a farm signs with after a rotation, or is to sign with after the next. */
export interface RotateKeyResult {
  readonly from: string;
  /** Absent in a dry run, unless one was prepared. */
  readonly to?: string;
  readonly fingerprint?: string;
  /** The binhost that names the new key to others. */
  readonly published: string;
  /** True when the farm signs with the new key now. */
  readonly switched: boolean;
}

/** Gives a farm a new key: the old one signs a card that names the new one, so that whoever believes the old one follows; then the farm signs with the new one. What the old one has
 * signed stays good. Interrupted anywhere, the farm signs with a key that is believed, and the same call finishes.
 * @throws KEY_INVALID, BINHOST_UNAVAILABLE, BINHOST_DENIED, DOCUMENT_CHANGED: nothing is switched then */
export async function rotateKey(request: RotateKeyRequest, context: AppContext): Promise<RotateKeyResult> {
  const farm = await openFarm(request.farm, context);
  const place = keyPlaceOfFarm(farm);
  const { emit, signal, settingSources } = context;
  const options = { farm: farm.stack.farm, emit, signal, environment: settingSources.environment };
  const binhost = openBinhost(farm.paths.binhost, options);
  const published = binhost.location;
  const from = await readSecretKey(farm.paths.secretKey);
  if (request.dryRun) {
    const next = await readNextKey(farm);
    const to = next === undefined ? {} : { to: next.id, fingerprint: fingerprintOf(next.public) };
    return { from: from.id, ...to, published, switched: false };
  }
  return await place.hold(context, async () => {
    if (await isSwitchUnfinished(farm)) {
      await switchFarmKey(farm);
      return { from: from.id, to: from.id, fingerprint: fingerprintOf(from.public), published, switched: true };
    }
    const next = (await readNextKey(farm)) ?? (await createNextKey(farm));
    await rememberNext(place, { from, next }, request);
    const { now } = request;
    await publishCard(farm, { binhost, signer: from, next, now });
    await publishCard(farm, { binhost, signer: next, now });
    if (!request.prepareOnly) {
      await keepTrusting(place, from);
      await switchFarmKey(farm);
    }
    const to = { to: next.id, fingerprint: fingerprintOf(next.public) };
    return { from: from.id, ...to, published, switched: !request.prepareOnly };
  });
}

async function rememberNext(
  place: KeyPlace,
  { from, next }: { readonly from: SecretKey; readonly next: SecretKey },
  { name, expiresInDays, now }: RotateKeyRequest,
): Promise<void> {
  const keyring = await readKeyring(place);
  const own = keyring.keys.find(({ key }) => key.id === from.id);
  const known = keyring.keys.find(({ key }) => key.id === next.id);
  const expires = expiresInDays === undefined ? undefined : new Date(now + expiresInDays * 86_400_000).toISOString();
  const added: KnownKey = {
    ...known,
    key: next.public,
    name: name ?? known?.name ?? own?.name ?? '',
    since: known?.since ?? new Date(now).toISOString(),
    via: from.id,
    ...(expires === undefined ? {} : { expires }),
  };
  const others = keyring.keys.filter(({ key }) => key.id !== next.id);
  const keys = others.map((item) => (item.key.id === from.id ? { ...item, next: next.id } : item));
  await writeKeyring(place, { ...keyring, keys: [...keys, added] });
}

/** Has a file of the old key among the trusted ones before the farm's own is replaced; the new one has its file there already. So both are believed all the time. */
async function keepTrusting(place: KeyPlace, { id, public: { key } }: SecretKey): Promise<void> {
  await writeFileAtomic(join(place.folder, `${id}.pub`), formatPublicKey(key));
}
