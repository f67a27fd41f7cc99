import type { Channel } from '../../model/release.ts';
import { readFarmKey } from '../farm/farm-keys.ts';
import { type AppContext, takeFarm } from '../farm/open-farm.ts';
import { publishFarmCard } from '../keys/publish-card.ts';
import { releaseRejected } from './create-release.ts';
import { gatherPackages } from './gather-packages.ts';
import { openReleaseShelf, parseReleaseName, type SignedChannel } from './release-shelf.ts';
import { releaseWithdrawn } from './resolve-release.ts';
import { verifyRelease } from './verify-release.ts';
import { type ReleaseSetting, withReleases } from './with-releases.ts';

/** Which channels are to lead to which release. */
export interface AnnounceRequest {
  readonly farm: string;
  readonly release: string;
  /** `latest`, or others. */
  readonly channels: readonly string[];
  /** ISO 8601. */
  readonly moved: string;
  /** After so many days consumers stop believing the channel, unless it is moved or renewed. */
  readonly expiresInDays?: number;
  readonly wait: boolean;
  readonly dryRun: boolean;
}

/** A channel that was moved, or would be. */
export interface MovedChannel {
  readonly channel: string;
  readonly from?: string;
  readonly to: string;
  readonly serial: number;
}

/** Moves channels to a release, once it has been verified again; each move is one document replaced at once. What only other binhosts of the farm have of it is copied first.
 * @throws RELEASE_REJECTED when the release does not verify, RELEASE_WITHDRAWN: no channel is moved then; RELEASE_NOT_FOUND, DOCUMENT_CHANGED */
export async function announceRelease(request: AnnounceRequest, context: AppContext): Promise<readonly MovedChannel[]> {
  const names = request.channels.map(parseReleaseName);
  return await withReleases(request.farm, context, async (setting) => {
    const { farm, shelf, binhost, own, trusted } = setting;
    const held = await takeFarm(farm, 'binfarm release announce', { ...context, wait: request.wait });
    try {
      const { release, digest } = await openReleaseShelf(own, trusted).readRelease(request.release);
      const withdrawal = await shelf.readWithdrawal(release.name);
      if (withdrawal !== undefined) throw releaseWithdrawn(withdrawal, 'announce', 'Announce another release');
      if (!request.dryRun) await gatherPackages(release, setting, context);
      const verdict = await verifyRelease(release, request.dryRun ? binhost : own, trusted);
      if (verdict.faults.length > 0) throw releaseRejected(release.name, verdict);
      if (!request.dryRun) await publishFarmCard(farm, own, Date.parse(request.moved));
      const moves: MovedChannel[] = [];
      for (const name of names)
        moves.push(await moveChannel(name, { release: release.name, digest }, request, setting));
      return moves;
    } finally {
      await held.close();
    }
  });
}

async function moveChannel(
  name: Channel['name'],
  target: Pick<Channel, 'release' | 'digest'>,
  { moved, expiresInDays, dryRun }: AnnounceRequest,
  { farm, own, trusted }: ReleaseSetting,
): Promise<MovedChannel> {
  const shelf = openReleaseShelf(own, trusted);
  const before: SignedChannel | undefined = await shelf.readReplacedChannel(name);
  const serial = (before?.channel.serial ?? 0) + 1;
  const expires =
    expiresInDays === undefined
      ? {}
      : { expires: new Date(Date.parse(moved) + expiresInDays * 86_400_000).toISOString() };
  const channel: Channel = {
    type: 'channel',
    format: 'binfarm.channel/1',
    farm: farm.stack.farm,
    name,
    serial,
    moved,
    ...expires,
    ...target,
  };
  if (!dryRun) await shelf.putChannel(channel, before, await readFarmKey(farm));
  return {
    channel: name,
    ...(before === undefined ? {} : { from: before.channel.release }),
    to: target.release,
    serial,
  };
}
