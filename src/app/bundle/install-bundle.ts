import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type AreaIndex, readAreaIndex } from '../../area/area-index.ts';
import { type AreaLayout, areaLayoutOf } from '../../area/area-layout.ts';
import {
  type BundleContents,
  openBundleBinhost,
  readBundleContents,
} from '../../binhost/bundle/open-bundle-binhost.ts';
import { FarmError, isFarmError } from '../../core/farm-error.ts';
import { formatCount } from '../../core/format-quantity.ts';
import { mapLimit } from '../../core/map-limit.ts';
import { parseRelease } from '../../model/release.ts';
import { readUnverified } from '../../package/sign/envelope.ts';
import { fingerprintOf, type PublicKey, parsePublicKey } from '../../package/sign/key-file.ts';
import { type InstalledProgram, installProgram } from '../bootstrap/install-program.ts';
import { withKeyFile } from '../bootstrap/with-key-file.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { keyPlaceOfArea } from '../keys/key-place.ts';
import { readKeyring } from '../keys/read-keyring.ts';
import { type InstallReleaseResult, installRelease } from '../release/install-release.ts';

/** Which bundle is to be installed, and where. */
export interface InstallBundleRequest {
  /** The bundle's file. */
  readonly file: string;
  readonly prefix: string;
  /** Sets or packages; everything when empty. */
  readonly names: readonly string[];
  readonly platform?: string;
  /** Of the farm's key, or its first 16 digits; needed where the area believes no key yet. */
  readonly fingerprint?: string;
  readonly wait: boolean;
  readonly dryRun: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What was installed of a bundle. */
export interface InstallBundleResult extends InstallReleaseResult {
  /** The binfarm of the area; absent when the bundle carries none. */
  readonly binfarm?: InstalledProgram;
}

/** Installs the release of a bundle into an area, without network, and puts the binfarm of the bundle there, too. The area goes on to follow the channel that it has followed.
 * @throws BUNDLE_INVALID, KEY_UNKNOWN, and what `installRelease` and `installProgram` throw */
export async function installBundle(request: InstallBundleRequest, context: AppContext): Promise<InstallBundleResult> {
  const file = resolve(request.file);
  const contents = await readBundleContents(file);
  const { facts } = contents;
  const layout = areaLayoutOf(resolve(request.prefix));
  const index = await readAreaIndex(layout);
  const { prefix, names, wait, dryRun, now } = request;
  const common = { prefix, farm: facts.farm, from: file, wait, dryRun, now };
  return await withKeyFile(await chooseKey(contents, layout, request), async (key) => {
    const wanted = {
      ...common,
      ...key,
      names,
      release: facts.release.name,
      remember: await rememberedOf(index, { file, ...facts }),
      ...(request.platform === undefined ? {} : { platform: request.platform }),
    };
    if (facts.since !== undefined)
      await requireRest(await installRelease({ ...wanted, dryRun: true }, context), contents, file);
    const release = await installRelease(wanted, context);
    const binfarm = await placeProgram({ ...common, ...key }, context);
    return { ...release, ...(binfarm === undefined ? {} : { binfarm }) };
  });
}

/** The key that the user vouches for by its fingerprint; undefined when the area is to judge by the keys that it has.
 * @throws KEY_UNKNOWN when neither says whom to believe */
async function chooseKey(
  { keys, facts }: BundleContents,
  layout: AreaLayout,
  { fingerprint, file }: InstallBundleRequest,
): Promise<PublicKey | undefined> {
  const brought = keys.map(({ id, pem }) => parsePublicKey(pem, `${file}: ${id}`));
  const shown = brought.map(fingerprintOf).join(', or ');
  const about = `it is signed by the key with the fingerprint ${shown}`;
  if (fingerprint !== undefined) {
    const digits = fingerprint.replace(/[\s:]/g, '').toLowerCase();
    const found = brought.find((key) => digits.length >= 16 && plain(key).startsWith(digits));
    if (found !== undefined) return found;
    throw new FarmError('KEY_UNKNOWN', `Cannot trust the bundle "${file}": ${about}, not by "${fingerprint}"`, {
      hint: `If ${facts.farm} has told you "${fingerprint}", this bundle is not from there`,
    });
  }
  const { keys: known } = await readKeyring(keyPlaceOfArea(layout));
  if (known.length > 0) return undefined;
  throw new FarmError('KEY_UNKNOWN', `Cannot trust the bundle "${file}" yet: ${about}`, {
    hint: 'Compare it with one that you got in another way, then add: --fingerprint "…"',
    details: { fingerprints: brought.map(fingerprintOf) },
  });
}

function plain(key: PublicKey): string {
  return fingerprintOf(key).replaceAll(' ', '');
}

/** Refuses, before anything is written, a bundle that leaves out what the area does not have.
 * @throws PACKAGE_NOT_FOUND */
async function requireRest(
  { platform, unpacked }: InstallReleaseResult,
  { facts }: BundleContents,
  file: string,
): Promise<void> {
  const binhost = openBundleBinhost(file, facts.farm);
  const document = await binhost.getDocument('release', facts.release.name);
  const parsed = parseRelease(readUnverified(document?.envelope));
  const packages = 'release' in parsed ? parsed.release.platforms[platform]!.packages : {};
  const found = await mapLimit(unpacked, 8, async (storeName) => {
    return (await binhost.find(packages[storeName]!)) === undefined ? [storeName] : [];
  });
  const missing = found.flat();
  if (missing.length === 0) return;
  throw new FarmError(
    'PACKAGE_NOT_FOUND',
    `Cannot install "${file}" here: it has only what is new since ${facts.since!.name}, and the area lacks ${formatCount(missing.length, 'other package')}`,
    {
      hint: `Install release ${facts.since!.name} first, or use a bundle that was made without --since`,
      details: { missing },
    },
  );
}

/** What the area remembers: an address over a file, and a channel over a release. */
async function rememberedOf(
  index: AreaIndex | undefined,
  {
    file,
    origin,
    release,
  }: { readonly file: string; readonly origin?: string | undefined; readonly release: { readonly name: string } },
): Promise<{ readonly location: string; readonly release: string }> {
  const source = index?.source;
  const isLasting =
    source !== undefined && (/^[a-z0-9+.-]+:\/\//i.test(source.location) || (await isFolder(source.location)));
  const followsChannel = source?.serials[source.release] !== undefined;
  return {
    location: origin ?? (isLasting ? source.location : file),
    release: source !== undefined && followsChannel ? source.release : release.name,
  };
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

async function placeProgram(
  request: Parameters<typeof installProgram>[0],
  context: AppContext,
): Promise<InstalledProgram | undefined> {
  try {
    return await installProgram(request, context);
  } catch (error) {
    // a bundle without one; or the area has a later one from elsewhere, which is better
    if (isFarmError(error, 'PROGRAM_NOT_FOUND') || isFarmError(error, 'PROGRAM_OLD')) return undefined;
    throw error;
  }
}
