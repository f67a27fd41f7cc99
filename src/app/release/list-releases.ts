import { mapLimit } from '../../core/map-limit.ts';
import type { Channel, Release } from '../../model/release.ts';
import { isTrustError } from '../../package/sign/envelope.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { compareReleases, type ReleaseChanges } from './compare-releases.ts';
import type { ReleaseShelf } from './release-shelf.ts';
import { type ReleaseVerdict, verifyRelease } from './verify-release.ts';
import { withReleases } from './with-releases.ts';

/** One line about a release. */
export interface ReleaseSummary {
  readonly name: string;
  readonly created: string;
  readonly platforms: readonly string[];
  readonly packages: number;
  readonly bytes: number;
  /** The share of packages that can be installed, with all they need, at any path. */
  readonly relocatable: number;
  /** Channels that lead to it. */
  readonly channels: readonly string[];
  /** Present for one that is not to be used any more. */
  readonly withdrawn?: WithdrawnMark;
  /** Why it is not believed: all but its name is empty then. */
  readonly refused?: string;
}

/** Since when, and why, a release is not to be used any more. */
export interface WithdrawnMark {
  readonly withdrawn: string;
  readonly reason: string;
  readonly instead?: string;
}

/** Every release of a farm, newest first. */
export async function listReleases(
  request: { readonly farm: string },
  context: AppContext,
): Promise<readonly ReleaseSummary[]> {
  return await withReleases(request.farm, context, async ({ shelf }) => {
    const channels: Channel[] = [];
    for (const name of await shelf.listChannels()) {
      const signed = await unlessUntrusted(() => shelf.readChannel(name));
      if (signed !== undefined && !('refused' in signed)) channels.push(signed.channel);
    }
    const summaries = await mapLimit(await shelf.listReleases(), 8, async (name) => {
      const leading = channels.filter((channel) => channel.release === name).map((channel) => channel.name);
      const signed = await unlessUntrusted(() => shelf.readRelease(name));
      if ('refused' in signed) return { ...unknownRelease, name, channels: leading, refused: signed.refused };
      return { ...summarise(signed.release, leading), ...(await readMark(shelf, name)) };
    });
    return summaries.sort((a, b) => (a.created < b.created ? 1 : -1));
  });
}

const unknownRelease = { created: '', platforms: [], packages: 0, bytes: 0, relocatable: 0 };

/** What a read gives, or why what it reads is not believed. */
async function unlessUntrusted<Result>(read: () => Promise<Result>): Promise<Result | { readonly refused: string }> {
  try {
    return await read();
  } catch (error) {
    if (isTrustError(error)) return { refused: error.message };
    throw error;
  }
}

async function readMark(shelf: ReleaseShelf, name: string): Promise<{ readonly withdrawn?: WithdrawnMark }> {
  const withdrawal = await shelf.readWithdrawal(name);
  if (withdrawal === undefined) return {};
  const { withdrawn, reason, instead } = withdrawal;
  return { withdrawn: { withdrawn, reason, ...(instead === undefined ? {} : { instead }) } };
}

function summarise(release: Release, channels: readonly string[]): ReleaseSummary {
  const packages = Object.values(release.platforms).flatMap((platform) => Object.values(platform.packages));
  return {
    name: release.name,
    created: release.created,
    platforms: Object.keys(release.platforms),
    packages: packages.length,
    bytes: [...new Map(packages.map(({ digest, size }) => [digest, size])).values()].reduce(
      (sum, size) => sum + size,
      0,
    ),
    relocatable: packages.length === 0 ? 1 : packages.filter(({ relocatable }) => relocatable).length / packages.length,
    channels,
  };
}

/** One release, whole. A channel's name stands for the release that it leads to.
 * @throws RELEASE_NOT_FOUND */
export async function showRelease(
  request: { readonly farm: string; readonly name: string },
  context: AppContext,
): Promise<Release> {
  return await withReleases(request.farm, context, async ({ shelf }) => {
    const channel = await shelf.readChannel(request.name);
    return (await shelf.readRelease(channel?.channel.release ?? request.name)).release;
  });
}

/** One release, whole, and whether it was withdrawn.
 * @throws RELEASE_NOT_FOUND */
export async function describeRelease(
  request: { readonly farm: string; readonly name: string },
  context: AppContext,
): Promise<Release & { readonly withdrawn?: WithdrawnMark }> {
  const release = await showRelease(request, context);
  return await withReleases(request.farm, context, async ({ shelf }) => ({
    ...release,
    ...(await readMark(shelf, release.name)),
  }));
}

/** What differs between two releases.
 * @throws RELEASE_NOT_FOUND */
export async function diffReleases(
  request: { readonly farm: string; readonly before: string; readonly after: string },
  context: AppContext,
): Promise<ReleaseChanges> {
  const [before, after] = [
    await showRelease({ ...request, name: request.before }, context),
    await showRelease({ ...request, name: request.after }, context),
  ];
  return compareReleases(before, after);
}

/** Verifies a release against the farm's own binhost, which is what those who install it read, now. */
export async function checkRelease(
  request: { readonly farm: string; readonly name: string },
  context: AppContext,
): Promise<ReleaseVerdict & { readonly release: string }> {
  const release = await showRelease(request, context);
  return await withReleases(request.farm, context, async ({ own, trusted }) => ({
    release: release.name,
    ...(await verifyRelease(release, own, trusted)),
  }));
}
