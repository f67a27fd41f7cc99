import type { Binhost, StoredDocument, StoredPackage } from '../../binhost/binhost.ts';
import { partsOfDocument, partsOfPackage, partsOfProgram, uniqueParts } from '../../binhost/bundle/bundle-parts.ts';
import { factsMember, keyMember } from '../../binhost/bundle/open-bundle-binhost.ts';
import type { BundlePart } from '../../binhost/bundle/write-bundle.ts';
import { FarmError, isFarmError } from '../../core/farm-error.ts';
import { formatReadableJson } from '../../core/json.ts';
import { mapLimit } from '../../core/map-limit.ts';
import type { BundleFacts } from '../../model/bundle.ts';
import { parsePlatform } from '../../model/platform.ts';
import type { Release, ReleasePackage } from '../../model/release.ts';
import { verifyEnvelope } from '../../package/sign/envelope.ts';
import { fingerprintOf, formatPublicKey, type PublicKey } from '../../package/sign/key-file.ts';
import { programNotFound, readProgram, type SignedProgram, systemOf } from '../bootstrap/read-program.ts';
import { verifyStored } from '../build/find-package.ts';
import type { SignedRelease } from '../release/release-shelf.ts';
import type { ReleaseSetting } from '../release/with-releases.ts';

/** What of a farm is to be put into a bundle. */
export interface BundleSelection {
  /** A release, or a channel for the release that it leads to. */
  readonly release: string;
  /** Those of the release without any. */
  readonly platforms: readonly string[];
  /** A release, or a channel, whose packages are left out. */
  readonly since?: string;
  /** Where the farm's releases can be had over the network, for updates; nothing is said of it when absent. */
  readonly origin?: string;
  /** False leaves it to the machine to have a binfarm. */
  readonly withBinfarm: boolean;
}

/** What a bundle is to have, all of it signed by keys that the farm trusts. */
export interface BundlePlan {
  readonly facts: BundleFacts;
  readonly programs: readonly SignedProgram[];
  readonly packages: readonly StoredPackage[];
  /** Packages of the release that are left out. */
  readonly leftOut: number;
  /** Where all of it comes from. */
  readonly location: string;
  /** Everything in the order in which it is written; the same for the same content. */
  readonly parts: readonly BundlePart[];
}

/** Finds all that a bundle is to have, and verifies what is said of it; blobs are not read yet.
 * @throws RELEASE_NOT_FOUND, PLATFORM_INVALID, PROGRAM_NOT_FOUND, PACKAGE_NOT_FOUND, PACKAGE_DAMAGED, RELEASE_REJECTED, KEY_UNKNOWN, SIGNATURE_INVALID */
export async function planBundle(selection: BundleSelection, setting: ReleaseSetting): Promise<BundlePlan> {
  const { farm, binhost, trusted } = setting;
  const signed = await readRelease(selection.release, setting);
  const since = selection.since === undefined ? undefined : await readRelease(selection.since, setting);
  const platforms = choosePlatforms(signed.release, selection.platforms);
  const document = (await binhost.getDocument('release', signed.release.name))!;
  const keys = signersOf(document, trusted);
  const programs = selection.withBinfarm ? await findPrograms(platforms, setting) : [];
  const all = packagesOf(signed.release, platforms);
  const old = new Set(since === undefined ? [] : packagesOf(since.release).map(({ digest }) => digest));
  const wanted = all.filter(({ digest }) => !old.has(digest));
  const packages = await mapLimit(wanted, 8, (item) => findPackage(item, binhost, trusted));
  const facts: BundleFacts = {
    format: 'binfarm.bundle/1',
    farm: farm.stack.farm,
    release: { name: signed.release.name, digest: signed.digest },
    ...(since === undefined ? {} : { since: { name: since.release.name, digest: since.digest } }),
    platforms: [...platforms],
    ...(selection.origin === undefined ? {} : { origin: selection.origin }),
    keys: keys.map((key) => ({ id: key.id, fingerprint: fingerprintOf(key) })),
    systems: programs.map(({ program }) => program.system),
  };
  const documents = [document, ...(await otherDocuments(signed.release.name, binhost))];
  const parts = uniqueParts([
    ...programs.flatMap(({ stored }) => partsOfProgram(facts.farm, stored, binhost)),
    { key: factsMember, content: { text: formatReadableJson(facts) } },
    ...keys.map(({ id, key }) => ({ key: keyMember(id), content: { text: formatPublicKey(key) } })),
    ...documents.flatMap((item) => partsOfDocument(facts.farm, item)),
    ...packages.flatMap((stored) => partsOfPackage(facts.farm, stored, binhost)),
  ]);
  const { location } = binhost;
  return { facts, programs, packages, leftOut: all.length - wanted.length, location, parts };
}

/** What keys say of themselves, and whether the release was withdrawn; channels are not for what is not updated. */
async function otherDocuments(release: string, binhost: Binhost): Promise<readonly StoredDocument[]> {
  const keys = await binhost.listDocuments('key');
  const cards = await Promise.all(keys.map((name) => binhost.getDocument('key', name)));
  const withdrawal = await binhost.getDocument('withdrawal', release);
  return [...cards, withdrawal].filter((item) => item !== undefined);
}

async function readRelease(name: string, { shelf }: ReleaseSetting): Promise<SignedRelease> {
  const channel = await shelf.readChannel(name);
  return await shelf.readRelease(channel?.channel.release ?? name);
}

function choosePlatforms({ name, platforms }: Release, asked: readonly string[]): readonly string[] {
  const known = Object.keys(platforms).toSorted();
  const wrong = asked.find((platform) => !known.includes(platform));
  if (wrong === undefined) return asked.length === 0 ? known : [...new Set(asked)].toSorted();
  throw new FarmError('PLATFORM_INVALID', `Cannot bundle release "${name}" for "${wrong}": it has no such platform`, {
    hint: `It has ${known.join(', ')}`,
  });
}

/** The trusted keys that have signed a document. */
function signersOf({ envelope }: StoredDocument, trusted: readonly PublicKey[]): readonly PublicKey[] {
  return trusted.filter((key) => {
    try {
      return key.revoked === undefined && verifyEnvelope(envelope, [key]) !== undefined;
    } catch (error) {
      if (isFarmError(error)) return false;
      throw error;
    }
  });
}

async function findPrograms(platforms: readonly string[], setting: ReleaseSetting): Promise<readonly SignedProgram[]> {
  const { farm, binhost, trusted } = setting;
  const systems = [...new Set(platforms.map((platform) => systemOf(parsePlatform(platform).arch)))].toSorted();
  return await Promise.all(
    systems.map(async (system) => {
      const found = await readProgram(binhost, { farm: farm.stack.farm, system, trusted });
      if (found !== undefined) return found;
      const { message } = programNotFound(system, binhost.location);
      throw new FarmError('PROGRAM_NOT_FOUND', message, {
        hint: 'Publish one with "binfarm bootstrap push EXECUTABLE", or leave it to the machine with --without-binfarm',
      });
    }),
  );
}

/** The packages of a release for some platforms, each once, by their store names. */
function packagesOf(
  { platforms }: Release,
  names: readonly string[] = Object.keys(platforms),
): readonly ReleasePackage[] {
  const found = new Map<string, readonly [string, ReleasePackage]>();
  for (const name of names)
    for (const [storeName, item] of Object.entries(platforms[name]!.packages))
      found.set(item.digest, [storeName, item]);
  return [...found.values()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}

async function findPackage(
  item: ReleasePackage,
  binhost: Binhost,
  trusted: readonly PublicKey[],
): Promise<StoredPackage> {
  const stored = await binhost.find(item);
  if (stored === undefined) {
    throw new FarmError('PACKAGE_NOT_FOUND', `Cannot bundle "${item.name}": it is not in "${binhost.location}"`, {
      hint: 'binfarm release verify tells what a release lacks',
    });
  }
  verifyStored(stored, trusted);
  if (stored.digest === item.digest) return stored;
  throw new FarmError(
    'RELEASE_REJECTED',
    `Cannot bundle "${item.name}": what the binhost has is not what the release says`,
  );
}
