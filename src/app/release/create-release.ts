import { FarmError } from '../../core/farm-error.ts';
import type { Release } from '../../model/release.ts';
import { readFarmKey } from '../farm/farm-keys.ts';
import { type AppContext, takeFarm } from '../farm/open-farm.ts';
import { evaluateStack } from '../stack/evaluate-stack.ts';
import { solveStack } from '../stack/solve-stack.ts';
import { composeRelease } from './compose-release.ts';
import { parseReleaseName } from './release-shelf.ts';
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

/** Makes a release of what the lock names and the binhost has: lists, verifies and signs it. It is announced by moving a channel to it, which this does not do.
 * @throws RELEASE_REJECTED when it does not verify, DOCUMENT_EXISTS when there is one of that name, LOCK_STALE, PACKAGE_NOT_FOUND, NAME_INVALID */
export async function createRelease(request: CreateReleaseRequest, context: AppContext): Promise<CreateReleaseResult> {
  const name = parseReleaseName(request.name);
  return await withReleases(request.farm, context, async (setting) => {
    const { farm, workshop, binhost, trusted, shelf } = setting;
    const held = await takeFarm(farm, 'binfarm release create', { ...context, wait: request.wait });
    try {
      const stack = await evaluateStack(farm, await solveStack(farm, workshop.bases, { mode: 'locked' }));
      const { before, base } = await readEarlier(request, setting);
      const { created, notes } = request;
      const draft = { name, created, notes, ...(before && { before }), ...(base && { base }) };
      const release = await composeRelease(farm, stack, draft, workshop.finder);
      const verdict = await verifyRelease(release, binhost, trusted);
      if (verdict.faults.length > 0) throw releaseRejected(name, verdict);
      if (request.dryRun) return { release, verdict };
      return { release, verdict, digest: await shelf.putRelease(release, await readFarmKey(farm)) };
    } finally {
      await held.close();
    }
  });
}

async function readEarlier({ base, against }: CreateReleaseRequest, { shelf }: ReleaseSetting) {
  const latest = against ?? (await shelf.readChannel('latest'))?.channel.release;
  const before = latest === undefined ? undefined : (await shelf.readRelease(latest)).release;
  return { before, base: base === undefined ? undefined : await shelf.readRelease(base) };
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
