import type { Emit } from '../core/events.ts';
import { isFarmError } from '../core/farm-error.ts';
import { mapLimit } from '../core/map-limit.ts';
import type { BuildHash } from '../model/names.ts';
import type { Binhost, PackageReference } from './binhost.ts';
import type { BinhostEvent } from './binhost-events.ts';

/** A package that was removed, or would be. */
export interface PrunedPackage extends PackageReference {
  /** Absent for a damaged one. */
  readonly version?: string;
  readonly platform?: string;
  readonly bytes: number;
}

/** Removes every package of a binhost but those of the given build hashes.
 * @throws BINHOST_UNSUPPORTED where packages cannot be listed or removed; BINHOST_UNAVAILABLE, BINHOST_DENIED */
export async function pruneBinhost(
  binhost: Binhost,
  keep: ReadonlySet<BuildHash>,
  options: { readonly dryRun: boolean; readonly emit?: Emit<BinhostEvent>; readonly signal?: AbortSignal },
): Promise<readonly PrunedPackage[]> {
  const doomed = (await binhost.listReferences()).filter(({ buildHash }) => !keep.has(buildHash));
  return await mapLimit(doomed, 4, async (reference) => {
    options.signal?.throwIfAborted();
    const { name, buildHash } = reference;
    const stored = await binhost.find(reference).catch((error) => {
      if (isFarmError(error, 'PACKAGE_DAMAGED')) return undefined;
      throw error;
    });
    if (!options.dryRun && (await binhost.remove(reference))) {
      options.emit?.({ type: 'binhost.removed', name, buildHash, reason: 'nothing needs it' });
    }
    const about = stored === undefined ? {} : { version: stored.version, platform: stored.platform };
    return { name, buildHash, ...about, bytes: stored?.size ?? 0 };
  });
}
