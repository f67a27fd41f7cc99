import { FarmError } from '../../core/farm-error.ts';
import type { Channel } from '../../model/release.ts';
import { readFarmKey } from '../farm/farm-keys.ts';
import { type AppContext, takeFarm } from '../farm/open-farm.ts';
import { releaseRejected } from './create-release.ts';
import { parseReleaseName, type SignedChannel } from './release-shelf.ts';
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

/** Moves channels to a release, once it has been verified again; each move is one document replaced at once.
 * @throws RELEASE_REJECTED when the release does not verify: no channel is moved then; RELEASE_NOT_FOUND, DOCUMENT_CHANGED */
export async function announceRelease(request: AnnounceRequest, context: AppContext): Promise<readonly MovedChannel[]> {
  const names = request.channels.map(parseReleaseName);
  return await withReleases(request.farm, context, async (setting) => {
    const { farm, shelf, binhost, trusted } = setting;
    const held = await takeFarm(farm, 'binfarm release announce', { ...context, wait: request.wait });
    try {
      const { release, digest } = await shelf.readRelease(request.release);
      const verdict = await verifyRelease(release, binhost, trusted);
      if (verdict.faults.length > 0) throw releaseRejected(release.name, verdict);
      const moves: MovedChannel[] = [];
      for (const name of names)
        moves.push(await moveChannel(name, { release: release.name, digest }, request, setting));
      return moves;
    } finally {
      await held.close();
    }
  });
}

/** Moves every channel that leads to a release back to another one, so that nobody new gets it; what is installed stays.
 * @throws RELEASE_NOT_FOUND, RELEASE_REJECTED */
export async function withdrawRelease(
  request: Omit<AnnounceRequest, 'channels'> & { readonly to: string },
  context: AppContext,
): Promise<readonly MovedChannel[]> {
  const leading = await withReleases(request.farm, context, async ({ shelf }) => {
    const channels = await Promise.all((await shelf.listChannels()).map((name) => shelf.readChannel(name)));
    return channels.flatMap((signed) => (signed?.channel.release === request.release ? [signed.channel.name] : []));
  });
  if (leading.length === 0) {
    throw new FarmError('RELEASE_NOT_FOUND', `Cannot withdraw release "${request.release}": no channel leads to it`, {
      hint: 'binfarm release list',
    });
  }
  return await announceRelease({ ...request, release: request.to, channels: leading }, context);
}

async function moveChannel(
  name: Channel['name'],
  target: Pick<Channel, 'release' | 'digest'>,
  { moved, expiresInDays, dryRun }: AnnounceRequest,
  { farm, shelf }: ReleaseSetting,
): Promise<MovedChannel> {
  const before: SignedChannel | undefined = await shelf.readChannel(name);
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
