import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type AreaIndex, readAreaIndex } from '../../area/area-index.ts';
import { areaLayoutOf } from '../../area/area-layout.ts';
import type { AreaKey } from '../../area/remember-key.ts';
import type { Binhost } from '../../binhost/binhost.ts';
import { openBinhost } from '../../binhost/open-binhost.ts';
import { readOs } from '../../build/base/machine-base.ts';
import { FarmError, isFarmError } from '../../core/farm-error.ts';
import { nearestName } from '../../model/did-you-mean.ts';
import type { Release, ReleasePlatform } from '../../model/release.ts';
import { readPublicKey } from '../../package/sign/key-file.ts';
import type { WantedContents, WantedPackage } from '../area/area-contents.ts';
import { type InstallOptions, type InstallResult, installContents } from '../area/install-contents.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { openAreaTrust } from '../keys/open-area-trust.ts';
import { limitPlatforms, pickReleasePlatform, readHost } from './pick-release-platform.ts';
import { openReleaseShelf } from './release-shelf.ts';
import { resolveRelease, tellWithdrawn } from './resolve-release.ts';

/** Which release is to be installed, from where. */
export interface InstallReleaseRequest extends InstallOptions {
  /** The binhost; what the area remembers when absent. */
  readonly from?: string;
  /** The farm's name; what the area remembers when absent. */
  readonly farm?: string;
  /** A release or a channel; what the area remembers, or else `latest`, when absent. */
  readonly release?: string;
  /** Sets or packages; what the area remembers, or else everything, when absent. */
  readonly names?: readonly string[];
  readonly platform?: string;
  /** A file with the farm's public key, to be believed in this area from now on. */
  readonly key?: string;
  /** Also what no trusted key has signed; told by an event each time, and remembered in the area. */
  readonly insecure?: boolean;
  /** Also a release that was withdrawn. */
  readonly withdrawn?: boolean;
  /** What the area is to remember, for updates, in place of what it is installed from now. */
  readonly remember?: { readonly location: string; readonly release: string };
  /** Milliseconds since 1970: for channels that expire. */
  readonly now: number;
}

/** What was installed, of which release, and why for that platform. */
export interface InstallReleaseResult extends InstallResult {
  readonly release: string;
  readonly reason: string;
}

/** How often what a channel leads to is looked up when others keep installing later moves of it. */
const mostTries = 5;

/** Installs a release into an area, or brings the area to what its channel leads to now; needs no farm, no recipes, no solver.
 * @throws RELEASE_NOT_FOUND, RELEASE_WITHDRAWN, CHANNEL_EXPIRED, CHANNEL_OLD, KEY_INVALID, KEY_REVOKED, KEY_UNKNOWN, SIGNATURE_INVALID, TRUST_OLD, TRUST_INVALID, PLATFORM_INVALID, and what
 * `installContents` throws */
export async function installRelease(
  request: InstallReleaseRequest,
  context: AppContext,
): Promise<InstallReleaseResult> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await installOnce(request, context);
    } catch (error) {
      const isOvertaken = isFarmError(error, 'CHANNEL_OLD') && error.details.overtaken === true;
      if (!isOvertaken || tries === mostTries) throw error;
    }
  }
}

async function installOnce(request: InstallReleaseRequest, context: AppContext): Promise<InstallReleaseResult> {
  const layout = areaLayoutOf(resolve(request.prefix));
  const index = await readAreaIndex(layout);
  const location = request.from ?? index?.source?.location;
  const farm = request.farm ?? index?.farm;
  if (location === undefined || farm === undefined) {
    throw new FarmError(
      'ARGUMENT_INVALID',
      `Cannot install into "${layout.root}": it does not know yet where its releases come from`,
      {
        hint: 'binfarm install --from BINHOST --release FARM/latest --key farm.key.pub',
      },
    );
  }
  const binhost = openBinhost(location, { farm, emit: context.emit, signal: context.signal });
  const { key: keyFile, insecure = false, withdrawn = false, wait, dryRun, now } = request;
  const added = keyFile === undefined ? {} : { key: keyFile };
  const trust = await openAreaTrust({ layout, binhost, farm, insecure, wait, dryRun, now, ...added }, context);
  await trust.remember();
  const shelf = openReleaseShelf(binhost, trust.keys, trust);
  const wanted = request.release ?? index?.source?.release ?? 'latest';
  const serials = { ...index?.source?.serials };
  const seen = { ...serials };
  const release = await resolveRelease(wanted, { shelf, farm, serials: seen, withdrawn, now, context });
  await tellWithdrawn(layout, release.name, { shelf, context });
  const offered = limitPlatforms(release, await binhost.offers?.());
  const { name: platform, reason } = pickReleasePlatform(offered, await readHost(await readOs()), request.platform);
  const names = [...(request.names ?? index?.source?.names ?? [])];
  // a move that nobody has signed is not remembered as seen
  const moves = { serials: trust.isBypassed() ? serials : seen };
  const source = { location, release: wanted, ...request.remember, names, ...moves };
  const key = keyFile === undefined || trust.isBypassed() ? {} : { key: await readAreaKey(keyFile) };
  const listed = contentsOf(release, platform, { names, source });
  const contents = { ...(trust.isBypassed() ? withoutTrust(listed, index) : listed), ...key };
  const result = await installContents(contents, blobOpener(binhost), { ...request, context });
  await trust.rememberAll();
  return { ...result, release: release.name, reason };
}

async function readAreaKey(path: string): Promise<AreaKey> {
  const { id } = await readPublicKey(path);
  return { id, text: await readFile(path, 'utf8') };
}

/** Marks what nobody vouches for; what the area has from a release that was verified, byte for byte, is as good as it was. */
function withoutTrust(contents: WantedContents, index: AreaIndex | undefined): WantedContents {
  const isVerified = ({ storeName, digest }: WantedPackage) => {
    const there = index?.packages[storeName];
    return there !== undefined && there.insecure !== true && there.digest === digest;
  };
  return {
    ...contents,
    packages: contents.packages.map((item) => (isVerified(item) ? item : { ...item, insecure: true as const })),
  };
}

function contentsOf(
  release: Release,
  platform: string,
  { names, source }: { readonly names: readonly string[]; readonly source: NonNullable<WantedContents['source']> },
): WantedContents {
  const has = release.platforms[platform]!;
  const asked = new Set(
    names.length === 0 ? Object.values(has.sets).flat() : names.flatMap((name) => select(name, has)),
  );
  const wanted = new Set([...asked].flatMap((item) => [item, ...has.packages[item]!.needs]));
  const packages = [...wanted].sort().map((storeName): WantedPackage => {
    const { name, version, buildHash, digest, size, diffId, needs, renames } = has.packages[storeName]!;
    const blob = { digest, size, diffId, ...(renames === undefined ? {} : { renames }) };
    return { name, version, platform, buildHash, storeName, ...blob, needs, asked: asked.has(storeName) };
  });
  return { farm: release.farm, platform, longestRoot: has.rootLength, packages, release: release.name, source };
}

function select(name: string, { sets, packages }: ReleasePlatform): readonly string[] {
  const found = sets[name] ?? Object.keys(packages).filter((storeName) => packages[storeName]!.name === name);
  if (found.length > 0) return found;
  const near = nearestName(name, [...Object.keys(sets), ...Object.values(packages).map((item) => item.name)]);
  throw new FarmError(
    'PACKAGE_NOT_FOUND',
    `Cannot install "${name}": the release has neither a set nor a package of that name`,
    {
      hint: near === undefined ? `Its sets are ${Object.keys(sets).join(', ')}` : `Did you mean "${near}"?`,
    },
  );
}

/** A release pins every blob by its digest, so that nothing else of the binhost needs to be believed. */
function blobOpener(binhost: Binhost) {
  return (item: WantedPackage): string | AsyncIterable<Buffer> => {
    const stored = {
      ...item,
      location: binhost.location,
      license: '',
      summary: '',
      layerAnnotations: {},
      config: item,
      envelope: undefined,
    };
    return binhost.blobPath?.(stored) ?? binhost.openBlob(stored);
  };
}
