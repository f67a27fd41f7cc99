import { basename } from 'node:path';
import type { AreaLayout } from '../../area/area-layout.ts';
import type { Binhost, DocumentKind } from '../../binhost/binhost.ts';
import { FarmError } from '../../core/farm-error.ts';
import { type PublicKey, readPublicKey } from '../../package/sign/key-file.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { keyPlaceOfArea } from './key-place.ts';
import { type Keyring, type KnownKey, publicKeysOf, type RevokedKey } from './keyring.ts';
import { type LearnedKeys, learnKeys, withAdded } from './learn-keys.ts';
import { readKeyring } from './read-keyring.ts';
import { bypassOf, isAboutTrust, tellBypass } from './tell-bypass.ts';

/** Whom an area is to believe while something is installed into it. */
export interface AreaTrustRequest {
  readonly layout: AreaLayout;
  readonly binhost: Binhost;
  readonly farm: string;
  /** The file of a key to be believed from now on. */
  readonly key?: string;
  /** Use what nobody vouches for all the same, and say so each time. */
  readonly insecure: boolean;
  /** False: fail when another process changes the area and there is something to keep. */
  readonly wait?: boolean;
  /** Keep nothing. */
  readonly dryRun: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Whom an area believes, after it has asked the binhost for news of its keys. */
export interface AreaTrust {
  readonly keys: readonly PublicKey[];
  /** To be told of what no trusted key has signed; only with `insecure`. */
  readonly onUntrusted?: (kind: DocumentKind, name: string, error: FarmError) => void;
  /** True when something is used that nobody vouches for. */
  readonly isBypassed: () => boolean;
  /** Keeps in the area what its keys have said, so that a revocation stays even if nothing is installed. */
  readonly remember: () => Promise<void>;
  /** Keeps the added key, too, with what it has said: once something was installed that it has signed. */
  readonly rememberAll: () => Promise<void>;
}

/** Reads the keys of an area, and learns from the binhost which ones follow on them and which are revoked.
 * @throws KEY_INVALID when there is none, KEY_REVOKED when none is left or the added one is revoked; TRUST_OLD, TRUST_INVALID, SIGNATURE_INVALID, KEY_UNKNOWN for a card that is not to be believed */
export async function openAreaTrust(request: AreaTrustRequest, context: AppContext): Promise<AreaTrust> {
  const { layout, insecure, now } = request;
  const place = keyPlaceOfArea(layout, request.wait);
  const own = await readKeyring(place);
  const added = request.key === undefined ? [] : [await readAdded(request.key, own, now)];
  const before = withAdded(own, added);
  let isBypassed = false;
  const bypass = (subject: string, error: FarmError) => {
    isBypassed = true;
    context.emit({ type: 'trust.bypassed', ...bypassOf(subject, error) });
  };
  if (insecure) tellBypass(layout.root, context);
  const learned = await learnKeys({ ...request, keyring: before }, context).catch((error: unknown): LearnedKeys => {
    if (!insecure || !isAboutTrust(error)) throw error;
    bypass('the keys', error);
    return { keyring: before, remember: async () => {} };
  });
  const remember = async (more?: readonly KnownKey[]) => {
    if (!request.dryRun) await learned.remember(place, context, more);
  };
  if (!insecure && learned.keyring.keys.length === 0) {
    await remember();
    throw nobodyTrusted(learned.keyring, layout);
  }
  return {
    keys: publicKeysOf(learned.keyring),
    ...(insecure ? { onUntrusted: (kind, name, error) => bypass(`${kind} ${name}`, error) } : {}),
    isBypassed: () => isBypassed,
    remember: () => remember(),
    rememberAll: () => remember(isBypassed ? [] : added),
  };
}

/** Reads a key that is to be believed from now on.
 * @throws KEY_INVALID; KEY_REVOKED when it was believed once and is revoked */
async function readAdded(path: string, { revoked }: Keyring, now: number): Promise<KnownKey> {
  const key = await readPublicKey(path);
  refuseRevoked(key, revoked);
  const name = basename(path, '.pub');
  return { key, name: name === key.id ? '' : name, since: new Date(now).toISOString() };
}

/** Refuses to believe a key that is known to be revoked.
 * @throws KEY_REVOKED */
export function refuseRevoked({ id }: PublicKey, revoked: readonly RevokedKey[]): void {
  const found = revoked.find(({ key }) => key.id === id);
  if (found === undefined) return;
  throw new FarmError('KEY_REVOKED', `Cannot trust the key "${id}": ${describeRevocation(found)}`, {
    hint: 'Ask the farm for its present key',
    details: { key: id, revoked: found.revoked, reason: found.reason },
  });
}

function nobodyTrusted({ revoked }: Keyring, { root }: AreaLayout): FarmError {
  const [last] = revoked.toSorted((a, b) => (a.revoked < b.revoked ? 1 : -1));
  const hint = 'Get the farm’s public key in a way that you trust, and name it once: --key farm.key.pub';
  if (last === undefined) {
    const state = 'the area has no key';
    return new FarmError('KEY_INVALID', `Cannot verify what is installed into "${root}": ${state}`, { hint });
  }
  const state = `its key "${last.key.id}" ${describeRevocation(last).replace(/^it /, '')}`;
  return new FarmError('KEY_REVOKED', `Cannot verify what is installed into "${root}": ${state}`, {
    hint,
    details: { key: last.key.id, revoked: last.revoked, reason: last.reason },
  });
}

function describeRevocation({ revoked, reason }: RevokedKey): string {
  return `it was revoked on ${revoked.slice(0, 10)}${reason === '' ? '' : `: ${reason}`}`;
}
