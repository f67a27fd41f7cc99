import type { Release } from '../../model/release.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { compareReleases, type ReleaseChanges } from './compare-releases.ts';
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
}

/** Every release of a farm, newest first. */
export async function listReleases(
  request: { readonly farm: string },
  context: AppContext,
): Promise<readonly ReleaseSummary[]> {
  return await withReleases(request.farm, context, async ({ shelf }) => {
    const channels = (await Promise.all((await shelf.listChannels()).map((name) => shelf.readChannel(name)))).flatMap(
      (signed) => signed?.channel ?? [],
    );
    const releases = await Promise.all((await shelf.listReleases()).map((name) => shelf.readRelease(name)));
    const summaries = releases.map(({ release }) =>
      summarise(
        release,
        channels.filter((channel) => channel.release === release.name).map(({ name }) => name),
      ),
    );
    return summaries.sort((a, b) => (a.created < b.created ? 1 : -1));
  });
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

/** Verifies a release against the binhost, now. */
export async function checkRelease(
  request: { readonly farm: string; readonly name: string },
  context: AppContext,
): Promise<ReleaseVerdict & { readonly release: string }> {
  const release = await showRelease(request, context);
  return await withReleases(request.farm, context, async ({ binhost, trusted }) => ({
    release: release.name,
    ...(await verifyRelease(release, binhost, trusted)),
  }));
}
