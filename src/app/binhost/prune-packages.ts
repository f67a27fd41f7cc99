import { type PrunedPackage, pruneBinhost } from '../../binhost/prune-binhost.ts';
import { isFarmError } from '../../core/farm-error.ts';
import type { BuildHash } from '../../model/names.ts';
import type { Release } from '../../model/release.ts';
import { type AppContext, takeFarm } from '../farm/open-farm.ts';
import { openReleaseShelf, type ReleaseShelf } from '../release/release-shelf.ts';
import { stackReferences } from './stack-references.ts';
import { openBinhostSetting } from './with-binhosts.ts';

/** What is to be pruned. */
export interface PruneRequest {
  readonly farm: string;
  /** The farm's own binhost when absent. */
  readonly location?: string;
  readonly wait: boolean;
  readonly dryRun: boolean;
}

/** What was removed, or would be. */
export interface PruneResult {
  readonly location: string;
  readonly removed: readonly PrunedPackage[];
  readonly bytes: number;
  /** Packages that stay. */
  readonly kept: number;
}

/** Removes from a binhost what neither the stack, as it is locked, nor any of its releases needs.
 * @throws KEY_UNKNOWN, SIGNATURE_INVALID, RELEASE_INVALID for a release that cannot be read, since its packages would be lost; BINHOST_UNSUPPORTED, BINHOST_UNAVAILABLE, BINHOST_DENIED */
export async function prunePackages(request: PruneRequest, context: AppContext): Promise<PruneResult> {
  const { farm, own, open, trusted } = await openBinhostSetting(request.farm, context);
  const binhost = request.location === undefined ? own : open(request.location);
  const held = await takeFarm(farm, 'binfarm binhost prune', { ...context, wait: request.wait });
  try {
    const keep = new Set<BuildHash>((await stackReferences(farm, context)).map(({ buildHash }) => buildHash));
    const shelf = openReleaseShelf(binhost, trusted);
    for (const name of await shelf.listReleases()) {
      const release = await readUnlessRevoked(shelf, name);
      if (release === undefined) continue; // nobody can install it any more
      for (const { packages } of Object.values(release.platforms)) {
        for (const { buildHash } of Object.values(packages)) keep.add(buildHash);
      }
    }
    const { emit, signal } = context;
    const all = await binhost.listReferences();
    const removed = await pruneBinhost(binhost, keep, { dryRun: request.dryRun, emit, signal });
    const bytes = removed.reduce((sum, item) => sum + item.bytes, 0);
    return { location: binhost.location, removed, bytes, kept: all.length - removed.length };
  } finally {
    await held.close();
  }
}

async function readUnlessRevoked(shelf: ReleaseShelf, name: string): Promise<Release | undefined> {
  try {
    return (await shelf.readRelease(name)).release;
  } catch (error) {
    if (isFarmError(error, 'KEY_REVOKED')) return undefined;
    throw error;
  }
}
