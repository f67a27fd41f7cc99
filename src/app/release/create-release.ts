import { FarmError, isFarmError } from '../../core/farm-error.ts';
import type { Release } from '../../model/release.ts';
import { readFarmKey } from '../farm/farm-keys.ts';
import { type AppContext, openFarm, takeFarm } from '../farm/open-farm.ts';
import { learnFromBinhosts } from '../keys/open-farm-trust.ts';
import { evaluateStack } from '../stack/evaluate-stack.ts';
import { solveStack } from '../stack/solve-stack.ts';
import { composeRelease } from './compose-release.ts';
import { gatherPackages } from './gather-packages.ts';
import { parseReleaseName } from './release-shelf.ts';
import { releaseWithdrawn } from './resolve-release.ts';
import { type ReleaseVerdict, verifyRelease } from './verify-release.ts';
import { type ReleaseSetting, withReleases } from './with-releases.ts';

/** What release is to be made. */
export interface CreateReleaseRequest {
  readonly farm: string;
  readonly name: string;
  /** For people, in front of what changed. */
  readonly notes: string;
  /** The release that it is layered on. */
  readonly base?: string;
  /** The release that changes are told against; where `latest` is when absent. */
  readonly against?: string;
  /** ISO 8601. */
  readonly created: string;
  readonly wait: boolean;
  readonly dryRun: boolean;
}

/** A release that was made, or would be. */
export interface CreateReleaseResult {
  readonly release: Release;
  readonly verdict: ReleaseVerdict;
  /** Of its document; absent in a dry run. */
  readonly digest?: string;
}

/** Makes a release of what the lock names and the binhosts have: lists it, copies to the farm's own binhost what only others have, verifies and signs it. It is announced by moving a channel to it, which this does not do.
 * @throws RELEASE_REJECTED when it does not verify, RELEASE_WITHDRAWN when the one that it is layered on was, DOCUMENT_EXISTS when there is one of that name, LOCK_STALE, PACKAGE_NOT_FOUND, NAME_INVALID */
export async function createRelease(request: CreateReleaseRequest, context: AppContext): Promise<CreateReleaseResult> {
  const name = parseReleaseName(request.name);
  if (!request.dryRun)
    await learnFromBinhosts(await openFarm(request.farm, context), context, Date.parse(request.created));
  return await withReleases(request.farm, context, async (setting) => {
    const { farm, workshop, binhost, own, trusted, shelf } = setting;
    const held = await takeFarm(farm, 'binfarm release create', { ...context, wait: request.wait });
    try {
      const stack = await evaluateStack(farm, await solveStack(farm, workshop.bases, { mode: 'locked' }));
      const { before, base } = await readEarlier(request, setting);
      const { created, notes } = request;
      const draft = { name, created, notes, ...(before && { before }), ...(base && { base }) };
      const release = await composeRelease(farm, stack, draft, workshop.finder);
      if (!request.dryRun) await gatherPackages(release, setting, context);
      const verdict = await verifyRelease(release, request.dryRun ? binhost : own, trusted);
      if (verdict.faults.length > 0) throw releaseRejected(name, verdict);
      if (request.dryRun) return { release, verdict };
      return { release, verdict, digest: await shelf.putRelease(release, await readFarmKey(farm)) };
    } finally {
      await held.close();
    }
  });
}

async function readEarlier({ base, against }: CreateReleaseRequest, { shelf }: ReleaseSetting) {
  const before = against === undefined ? await readLatest(shelf) : (await shelf.readRelease(against)).release;
  const withdrawal = base === undefined ? undefined : await shelf.readWithdrawal(base);
  if (withdrawal !== undefined) throw releaseWithdrawn(withdrawal, 'build on', 'Layer the new one on another release');
  return { before, base: base === undefined ? undefined : await shelf.readRelease(base) };
}

/** The release that latest leads to; none when only a revoked key has signed either of them, so that the farm can make a new one. */
async function readLatest(shelf: ReleaseSetting['shelf']): Promise<Release | undefined> {
  try {
    const signed = await shelf.readChannel('latest');
    return signed === undefined ? undefined : (await shelf.readRelease(signed.channel.release)).release;
  } catch (error) {
    if (isFarmError(error, 'KEY_REVOKED')) return undefined;
    throw error;
  }
}

/** The error of a release that does not verify: its first fault, with all of them in the details. */
export function releaseRejected(name: string, { faults }: ReleaseVerdict): FarmError {
  const [first] = faults;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  return new FarmError(
    'RELEASE_REJECTED',
    `Cannot vouch for release "${name}": ${first?.subject} ${first?.says}${more}`,
    {
      hint: 'binfarm build makes what is missing or damaged anew; binfarm release verify lists every fault',
      details: { faults },
    },
  );
}
