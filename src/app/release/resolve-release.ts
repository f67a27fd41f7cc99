import type { AreaLayout } from '../../area/area-layout.ts';
import { readActiveGeneration, readGeneration } from '../../area/generation.ts';
import { FarmError } from '../../core/farm-error.ts';
import type { Channel, Release, Withdrawal } from '../../model/release.ts';
import type { AppContext } from '../farm/open-farm.ts';
import type { ReleaseShelf } from './release-shelf.ts';

/** What a name of a release is resolved with. */
export interface Resolution {
  readonly shelf: Pick<ReleaseShelf, 'readChannel' | 'readRelease' | 'readWithdrawal'>;
  readonly farm: string;
  /** The last serial seen of each channel; the one of the channel that is read is brought up to date. */
  readonly serials: Record<string, number>;
  /** Also a release that was withdrawn. */
  readonly withdrawn: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly context: Pick<AppContext, 'emit'>;
}

/** The release that a name means: a channel's, if there is one, newer or as new as the last seen.
 * @throws RELEASE_NOT_FOUND, RELEASE_WITHDRAWN, CHANNEL_OLD, CHANNEL_EXPIRED, SIGNATURE_INVALID, RELEASE_INVALID, and what the shelf throws */
export async function resolveRelease(name: string, resolution: Resolution): Promise<Release> {
  const { shelf, farm, serials } = resolution;
  const signed = await shelf.readChannel(name);
  const channel = signed?.channel;
  if (channel !== undefined) refuseOld(channel, resolution);
  const { release, digest } = await shelf.readRelease(channel?.release ?? name);
  if (channel !== undefined && digest !== channel.digest) {
    throw new FarmError(
      'SIGNATURE_INVALID',
      `Cannot use release "${release.name}": it is not the one that channel "${name}" was moved to`,
    );
  }
  if (release.farm !== farm) {
    throw new FarmError(
      'RELEASE_INVALID',
      `Cannot use release "${release.name}": it is of the farm "${release.farm}", not of "${farm}"`,
    );
  }
  await refuseWithdrawn(release.name, resolution);
  if (channel !== undefined) serials[name] = channel.serial;
  return release;
}

/** Tells when the release that an area has in use, and now leaves, was withdrawn. */
export async function tellWithdrawn(
  layout: AreaLayout,
  next: string,
  { shelf, context }: Pick<Resolution, 'context'> & { readonly shelf: Pick<ReleaseShelf, 'readWithdrawal'> },
): Promise<void> {
  const number = await readActiveGeneration(layout);
  if (number === undefined) return;
  const { release } = await readGeneration(layout, number);
  if (release === undefined || release === next) return;
  const withdrawal = await shelf.readWithdrawal(release);
  if (withdrawal !== undefined) context.emit({ type: 'trust.withdrawn', ...aboutWithdrawal(withdrawal) });
}

/** What a withdrawal says, for events and lists. */
export function aboutWithdrawal({ name, withdrawn, reason, instead }: Withdrawal): {
  readonly release: string;
  readonly withdrawn: string;
  readonly reason: string;
  readonly instead?: string;
} {
  return { release: name, withdrawn, reason, ...(instead === undefined ? {} : { instead }) };
}

/** The error of a release that was withdrawn.
 * @param hint what to do when there is no other to be used instead */
export function releaseWithdrawn(withdrawal: Withdrawal, action: string, hint: string): FarmError {
  const { name, withdrawn, reason, instead } = withdrawal;
  const why = reason === '' ? '' : `: ${reason}`;
  const other = instead === undefined ? '' : `Use ${instead} instead. `;
  return new FarmError(
    'RELEASE_WITHDRAWN',
    `Cannot ${action} release "${name}": it was withdrawn on ${withdrawn.slice(0, 10)}${why}`,
    { hint: `${other}${hint}`, details: aboutWithdrawal(withdrawal) },
  );
}

async function refuseWithdrawn(name: string, { shelf, farm, withdrawn, context }: Resolution): Promise<void> {
  const withdrawal = await shelf.readWithdrawal(name);
  if (withdrawal === undefined) return;
  if (!withdrawn) {
    const hint = `To have it all the same: binfarm install --release ${farm}/${name} --withdrawn`;
    throw releaseWithdrawn(withdrawal, 'install', hint);
  }
  context.emit({ type: 'trust.withdrawn', ...aboutWithdrawal(withdrawal) });
}

function refuseOld({ name, serial, expires, release }: Channel, { serials, now }: Resolution): void {
  const seen = serials[name] ?? 0;
  if (serial < seen) {
    throw new FarmError(
      'CHANNEL_OLD',
      `Cannot believe channel "${name}": it says move ${serial}, and move ${seen} was seen before`,
      { hint: 'The binhost, or something on the way to it, gives old content; try another mirror' },
    );
  }
  if (expires !== undefined && Date.parse(expires) < now) {
    throw new FarmError('CHANNEL_EXPIRED', `Cannot believe channel "${name}": it expired on ${expires.slice(0, 10)}`, {
      hint: `Name a release instead, or ask the farm to announce ${release} again`,
    });
  }
}
