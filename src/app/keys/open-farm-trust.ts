import type { Binhost, DocumentKind } from '../../binhost/binhost.ts';
import { openBinhost } from '../../binhost/open-binhost.ts';
import { type FarmError, isFarmError } from '../../core/farm-error.ts';
import type { PublicKey } from '../../package/sign/key-file.ts';
import { readFarmKeyring } from '../farm/farm-keys.ts';
import { type AppContext, type Farm, resolveBinhost } from '../farm/open-farm.ts';
import { keyPlaceOfFarm } from './key-place.ts';
import { publicKeysOf } from './keyring.ts';
import { type LearnedKeys, learnKeys } from './learn-keys.ts';
import { bypassOf, isAboutTrust, tellBypass } from './tell-bypass.ts';

/** Whom a farm is to believe while it takes something from another binhost. */
export interface FarmTrustRequest {
  readonly farm: Farm;
  readonly binhost: Pick<Binhost, 'getDocument' | 'location'>;
  /** Use what nobody vouches for all the same, and say so each time. */
  readonly insecure: boolean;
  /** Keep nothing. */
  readonly dryRun: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Whom a farm believes, after it has asked a binhost for news of its keys. */
export interface FarmTrust {
  readonly keys: readonly PublicKey[];
  /** To be told of what no trusted key has signed; only with `insecure`. */
  readonly onUntrusted?: (kind: DocumentKind | 'package', name: string, error: FarmError) => void;
}

/** Reads the keys of a farm, learns from a binhost which ones follow on them and which are revoked, and keeps that in the farm folder.
 * @throws TRUST_OLD, TRUST_INVALID, SIGNATURE_INVALID, KEY_UNKNOWN for a card that is not to be believed; KEY_INVALID */
export async function openFarmTrust(request: FarmTrustRequest, context: AppContext): Promise<FarmTrust> {
  const { farm, binhost, insecure, dryRun, now } = request;
  const before = await readFarmKeyring(farm);
  if (insecure) tellBypass(binhost.location, context);
  const asked = { keyring: before, binhost, farm: farm.stack.farm, now };
  const learned = await learnKeys(asked, context).catch((error: unknown): LearnedKeys => {
    if (!insecure || !isAboutTrust(error)) throw error;
    context.emit({ type: 'trust.bypassed', ...bypassOf('the keys', error) });
    return { keyring: before, remember: async () => {} };
  });
  if (!dryRun) await learned.remember(keyPlaceOfFarm(farm), context);
  return {
    keys: publicKeysOf(learned.keyring),
    ...(insecure
      ? {
          onUntrusted: (kind, name, error) =>
            context.emit({ type: 'trust.bypassed', ...bypassOf(`${kind} ${name}`, error) }),
        }
      : {}),
  };
}

/** Learns from all binhosts that a farm only reads; one that does not answer is told of and left out. For what the farm is about to vouch for itself.
 * @throws TRUST_OLD, TRUST_INVALID, SIGNATURE_INVALID, KEY_UNKNOWN for a card that is not to be believed; KEY_INVALID */
export async function learnFromBinhosts(farm: Farm, context: AppContext, now: number): Promise<void> {
  const { emit, signal, settingSources } = context;
  for (const { location } of farm.stack.binhosts) {
    const options = { farm: farm.stack.farm, emit, signal, environment: settingSources.environment };
    const binhost = openBinhost(resolveBinhost(farm.paths.folder, location), options);
    try {
      await openFarmTrust({ farm, binhost, insecure: false, dryRun: false, now }, context);
    } catch (error) {
      if (!isFarmError(error, 'BINHOST_UNAVAILABLE') && !isFarmError(error, 'BINHOST_DENIED')) throw error;
      emit({ type: 'binhost.skipped', location: binhost.location, reason: error.message });
    }
  }
}
