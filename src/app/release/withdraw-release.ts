import { FarmError } from '../../core/farm-error.ts';
import type { Withdrawal } from '../../model/release.ts';
import { readFarmKey } from '../farm/farm-keys.ts';
import { type AppContext, takeFarm } from '../farm/open-farm.ts';
import { announceRelease, type MovedChannel } from './announce-release.ts';
import { openReleaseShelf, parseReleaseName } from './release-shelf.ts';
import { releaseWithdrawn } from './resolve-release.ts';
import { withReleases } from './with-releases.ts';

/** Which release is to be withdrawn, and why. */
export interface WithdrawRequest {
  readonly farm: string;
  readonly release: string;
  /** For people; everybody can read it. */
  readonly reason: string;
  /** The release that its channels are to lead to instead. */
  readonly to?: string;
  /** ISO 8601. */
  readonly moved: string;
  readonly expiresInDays?: number;
  readonly wait: boolean;
  readonly dryRun: boolean;
}

/** What a withdrawal changed, or would. */
export interface WithdrawResult {
  readonly withdrawal: Withdrawal;
  readonly moves: readonly MovedChannel[];
  /** Channels that still lead to it: who follows them is refused until they are moved. */
  readonly leading: readonly string[];
}

/** Publishes that a release is not to be used any more, after its channels have moved to another one. What is installed stays; an installation by name is refused, and an update says why.
 * It is never taken back: what was wrong with a release gets a new name when it is right.
 * @throws RELEASE_NOT_FOUND; RELEASE_WITHDRAWN when it was withdrawn before and no channel leads to it; RELEASE_REJECTED when the other one does not verify */
export async function withdrawRelease(request: WithdrawRequest, context: AppContext): Promise<WithdrawResult> {
  const { farm, release, to, wait, dryRun } = request;
  parseReleaseName(release);
  if (to === release) {
    throw new FarmError(
      'ARGUMENT_INVALID',
      `Cannot withdraw release "${release}": it cannot be used instead of itself`,
    );
  }
  const { before, leading, draft } = await readState(request, context);
  if (before !== undefined && (leading.length === 0 || to === undefined)) {
    throw releaseWithdrawn(before, 'withdraw', 'Nothing is left to be done');
  }
  const moving = to === undefined ? [] : leading;
  const moves =
    to === undefined || moving.length === 0
      ? []
      : await announceRelease({ ...request, farm, release: to, channels: moving }, context);
  if (before === undefined && !dryRun) {
    await withReleases(farm, context, async (setting) => {
      const held = await takeFarm(setting.farm, 'binfarm release withdraw', { ...context, wait });
      try {
        const shelf = openReleaseShelf(setting.own, setting.trusted);
        await shelf.putWithdrawal(draft, await readFarmKey(setting.farm));
      } finally {
        await held.close();
      }
    });
  }
  return { withdrawal: before ?? draft, moves, leading: moving.length > 0 ? [] : leading };
}

async function readState({ farm, release, reason, to, moved }: WithdrawRequest, context: AppContext) {
  return await withReleases(farm, context, async ({ own, trusted, shelf, farm: { stack } }) => {
    const signed = await shelf.readRelease(release);
    const here = openReleaseShelf(own, trusted);
    const channels = await Promise.all((await here.listChannels()).map((name) => here.readReplacedChannel(name)));
    const leading = channels.flatMap((item) => (item?.channel.release === release ? [item.channel.name] : []));
    const instead = to === undefined ? {} : { instead: parseReleaseName(to) };
    const draft: Withdrawal = {
      type: 'withdrawal',
      format: 'binfarm.withdrawal/1',
      farm: stack.farm,
      name: signed.release.name,
      digest: signed.digest,
      withdrawn: moved,
      reason,
      ...instead,
    };
    return { before: await shelf.readWithdrawal(release), leading, draft };
  });
}
