import { copyFile, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readAreaIndex } from '../../area/area-index.ts';
import { type AreaLayout, areaLayoutOf } from '../../area/area-layout.ts';
import type { Binhost } from '../../binhost/binhost.ts';
import { openBinhost } from '../../binhost/open-binhost.ts';
import { readOs } from '../../build/base/machine-base.ts';
import { FarmError } from '../../core/farm-error.ts';
import { makeFolder } from '../../core/make-folder.ts';
import { nearestName } from '../../model/did-you-mean.ts';
import type { Release, ReleasePlatform } from '../../model/release.ts';
import { type PublicKey, readPublicKey } from '../../package/sign/key-file.ts';
import type { WantedContents, WantedPackage } from '../area/area-contents.ts';
import { type InstallOptions, type InstallResult, installContents } from '../area/install-contents.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { pickReleasePlatform, readHost } from './pick-release-platform.ts';
import { openReleaseShelf, type ReleaseShelf } from './release-shelf.ts';

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
  /** Milliseconds since 1970: for channels that expire. */
  readonly now: number;
}

/** What was installed, of which release, and why for that platform. */
export interface InstallReleaseResult extends InstallResult {
  readonly release: string;
  readonly reason: string;
}

/** Installs a release into an area, or brings the area to what its channel leads to now; needs no farm, no recipes, no solver.
 * @throws RELEASE_NOT_FOUND, CHANNEL_EXPIRED, CHANNEL_OLD, KEY_UNKNOWN, KEY_INVALID, SIGNATURE_INVALID, PLATFORM_INVALID, and what `installContents` throws */
export async function installRelease(
  request: InstallReleaseRequest,
  context: AppContext,
): Promise<InstallReleaseResult> {
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
  const shelf = openReleaseShelf(binhost, await readAreaKeys(layout, request.key));
  const wanted = request.release ?? index?.source?.release ?? 'latest';
  const serials = { ...index?.source?.serials };
  const release = await resolveRelease(wanted, { shelf, serials, now: request.now });
  const { name: platform, reason } = pickReleasePlatform(release, await readHost(await readOs()), request.platform);
  const names = [...(request.names ?? index?.source?.names ?? [])];
  const contents = contentsOf(release, platform, { names, source: { location, release: wanted, names, serials } });
  const result = await installContents(contents, blobOpener(binhost), { ...request, context });
  if (request.key !== undefined && !request.dryRun) await rememberKey(layout, request.key);
  return { ...result, release: release.name, reason };
}

/** The keys that an area believes, and one more that is just being given.
 * @throws KEY_INVALID when there is none at all */
async function readAreaKeys({ keys, root }: AreaLayout, added: string | undefined): Promise<readonly PublicKey[]> {
  const names = (await readdir(keys).catch(() => [])).filter((name) => name.endsWith('.pub')).sort();
  const paths = [...names.map((name) => join(keys, name)), ...(added === undefined ? [] : [added])];
  if (paths.length > 0) return await Promise.all(paths.map(readPublicKey));
  throw new FarmError('KEY_INVALID', `Cannot verify what is installed into "${root}": the area has no key`, {
    hint: 'Get the farm’s public key in a way that you trust, and name it once: --key farm.key.pub',
  });
}

async function rememberKey({ keys }: AreaLayout, path: string): Promise<void> {
  const { id } = await readPublicKey(path);
  await makeFolder(keys);
  await copyFile(path, join(keys, `${id}.pub`));
}

/** The release that a name means: a channel's, if there is one, newer or as new as the last seen.
 * @param serials the last serials seen; the one of the channel is brought up to date */
async function resolveRelease(
  name: string,
  {
    shelf,
    serials,
    now,
  }: { readonly shelf: ReleaseShelf; readonly serials: Record<string, number>; readonly now: number },
): Promise<Release> {
  const signed = await shelf.readChannel(name);
  if (signed === undefined) return (await shelf.readRelease(name)).release;
  const { channel } = signed;
  const seen = serials[name] ?? 0;
  if (channel.serial < seen) {
    throw new FarmError(
      'CHANNEL_OLD',
      `Cannot believe channel "${name}": it says move ${channel.serial}, and move ${seen} was seen before`,
      {
        hint: 'The binhost, or something on the way to it, gives old content; try another mirror',
      },
    );
  }
  if (channel.expires !== undefined && Date.parse(channel.expires) < now) {
    throw new FarmError(
      'CHANNEL_EXPIRED',
      `Cannot believe channel "${name}": it expired on ${channel.expires.slice(0, 10)}`,
      {
        hint: `Name a release instead, or ask the farm to announce ${channel.release} again`,
      },
    );
  }
  const { release, digest } = await shelf.readRelease(channel.release);
  if (digest !== channel.digest) {
    throw new FarmError(
      'SIGNATURE_INVALID',
      `Cannot use release "${release.name}": it is not the one that channel "${name}" was moved to`,
    );
  }
  serials[name] = channel.serial;
  return release;
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
    const { name, version, buildHash, digest, size, diffId, needs } = has.packages[storeName]!;
    return { name, version, platform, buildHash, storeName, digest, size, diffId, needs, asked: asked.has(storeName) };
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
