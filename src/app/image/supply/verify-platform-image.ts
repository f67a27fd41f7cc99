import type { Digest } from '../../../core/digest-text.ts';
import type { ImagePlace } from '../../../image/oci/image-place.ts';
import { type Descriptor, imageAnnotations } from '../../../image/oci/image-types.ts';
import {
  differenceOf,
  type PackageDigests,
  packagesInCycloneDx,
  packagesInSpdx,
  resourcesInProvenance,
} from '../../../image/supply/compare-bills.ts';
import { billTypes } from '../../../image/supply/format-attachments.ts';
import { provenanceType } from '../../../image/supply/format-provenance.ts';
import { isSigned, type VerifiedClaims, verifyClaims } from '../../../image/supply/verify-claims.ts';
import {
  findLayerFault,
  findStatementFault,
  type ImageFault,
  type StatedPackage,
  verifyRelease,
} from '../../../image/supply/verify-statements.ts';
import type { Release } from '../../../model/release.ts';
import type { PublicKey } from '../../../package/sign/key-file.ts';
import { type StoredPlatformImage, wordsIn } from '../stored-image.ts';
import type { LayerChecker } from './check-image-layers.ts';

/** What an image is checked with. */
export interface PlatformCheck {
  readonly place: ImagePlace;
  readonly name: string;
  /** As it was asked for. */
  readonly image: string;
  readonly trusted: readonly PublicKey[];
  readonly layers: LayerChecker;
}

/** What became of the check of an image for one platform. */
export interface VerifiedPlatform {
  readonly platform: string;
  readonly digest: string;
  /** Farm and name, once the release is believed. */
  readonly release?: string;
  /** How many packages are what their farm has signed. */
  readonly packages: number;
  /** Packages that were changed for this image after they were signed: a patched release has such. They are vouched for by the image's signature alone. */
  readonly changed: readonly string[];
  readonly layers: number;
  readonly faults: readonly ImageFault[];
}

/** Checks an image for one platform: signature, provenance, bills of materials, release, the statement about each package, every byte of every layer.
 * @throws IMAGE_INVALID, and what the place throws */
export async function verifyPlatformImage(
  check: PlatformCheck,
  stored: StoredPlatformImage,
): Promise<VerifiedPlatform> {
  const { place, name, trusted } = check;
  const { platform, manifest } = stored;
  const faults: ImageFault[] = [];
  const tell = (subject: string, says: string | undefined) => {
    if (says !== undefined) faults.push({ subject, says });
  };
  const claims = await verifyClaims(place, { name, subject: stored.digest as Digest }, trusted);
  if (!isSigned(claims)) tell(platform, `is not signed by a key that was given: ${claims.problems[0] ?? 'no reason'}`);
  if (claims.simple === false) tell(platform, 'has only foreign signatures for cosign');
  const release = findRelease(claims, stored, trusted);
  if ('problem' in release) tell(platform, release.problem);
  const packages = 'release' in release ? packagesOf(stored, release.release, tell) : [];
  const fine = await checkPackages(check, { stored, packages, claims }, tell);
  if ('release' in release) {
    const digests = new Map(packages.map(({ storeName, item }) => [storeName, item.digest]));
    for (const says of compareDocuments(claims, digests, manifest.annotations)) tell(platform, says);
  }
  const changed = packages.filter(({ item }) => item.renames !== undefined).map(({ storeName }) => storeName);
  return {
    platform,
    digest: stored.digest,
    ...('release' in release ? { release: `${release.release.farm}/${release.release.name}` } : {}),
    packages: fine,
    changed,
    layers: manifest.layers.length,
    faults,
  };
}

type Tell = (subject: string, says: string | undefined) => void;

function findRelease(
  { statements }: VerifiedClaims,
  { manifest }: StoredPlatformImage,
  trusted: readonly PublicKey[],
): ReturnType<typeof verifyRelease> {
  const results = statements.map((item) => verifyRelease(item, manifest.annotations ?? {}, trusted));
  const good = results.find((result) => 'release' in result);
  return good ?? results[0] ?? { problem: 'has nothing attached that its packages could be compared with' };
}

/** Store names of what a layer adds; a base that is an image of binfarm itself may name some, too, which are part of the base. */
function packagesIn(layer: Descriptor): readonly string[] {
  return layer.annotations?.[imageAnnotations.kind] === 'base' ? [] : wordsIn(layer, imageAnnotations.packages);
}

/** The packages that the layers say they have, as the release has them. */
function packagesOf({ manifest, platform }: StoredPlatformImage, release: Release, tell: Tell): StatedPackage[] {
  const known = release.platforms[platform]?.packages ?? {};
  return manifest.layers
    .flatMap((layer) => packagesIn(layer))
    .flatMap((storeName) => {
      const item = known[storeName];
      if (item === undefined) tell(storeName, 'is in the image and not in its release');
      return item === undefined ? [] : [{ storeName, item }];
    });
}

/** Gives how many packages are as they were signed. */
async function checkPackages(
  { trusted, layers }: PlatformCheck,
  about: {
    readonly stored: StoredPlatformImage;
    readonly packages: readonly StatedPackage[];
    readonly claims: VerifiedClaims;
  },
  tell: Tell,
): Promise<number> {
  const { stored, packages, claims } = about;
  const { manifest, config, platform } = stored;
  const bad = new Set<string>();
  const blame: Tell = (storeName, says) => {
    if (says !== undefined) bad.add(storeName);
    tell(storeName, says);
  };
  for (const item of packages) {
    const faults = claims.statements.map((statements) => findStatementFault(item, statements, { platform, trusted }));
    if (!faults.includes(undefined)) blame(item.storeName, faults[0]);
  }
  if (config.rootfs.diff_ids.length !== manifest.layers.length) tell(platform, 'has a config for other layers');
  for (const [index, layer] of manifest.layers.entries()) {
    const own = new Set(packagesIn(layer));
    const members = packages.filter(({ storeName }) => own.has(storeName));
    const diffId = config.rootfs.diff_ids[index] ?? ('' as Digest);
    const finding = await layers.check(layer, diffId);
    if ('problem' in finding) blameLayer(index, members, { says: finding.problem, blame });
    else checkMembers(layer, { index, diffId, members, found: finding.members, blame });
  }
  return packages.filter(({ storeName, item }) => !bad.has(storeName) && item.renames === undefined).length;
}

/** Something is wrong with a layer, and so with all packages in it. */
function blameLayer(
  index: number,
  members: readonly StatedPackage[],
  { says, blame }: { readonly says: string; readonly blame: Tell },
): void {
  if (members.length === 0) blame(`layer ${index + 1}`, says);
  for (const { storeName } of members) blame(storeName, says);
}

/** Compares what is in a whole layer with what was signed of each package in it. */
function checkMembers(
  layer: Descriptor,
  about: {
    readonly index: number;
    readonly diffId: Digest;
    readonly members: readonly StatedPackage[];
    readonly found: ReadonlyMap<string, Digest>;
    readonly blame: Tell;
  },
): void {
  const { index, diffId, members, found, blame } = about;
  const says = findLayerFault(layer, diffId, members);
  if (says !== undefined) blameLayer(index, members, { says, blame });
  if (layer.annotations?.[imageAnnotations.kind] !== 'group') return;
  for (const { storeName, item } of members) {
    const real = found.get(storeName);
    if (real === undefined) blame(storeName, 'is not in the layer that names it');
    else if (real !== item.diffId) blame(storeName, 'is not the package that was signed');
  }
  const names = new Set(members.map(({ storeName }) => storeName));
  for (const storeName of found.keys())
    if (!names.has(storeName)) blame(storeName, 'is in a layer that does not name it');
}

/** Says what the signed documents about an image get wrong. */
function compareDocuments(
  { claims }: VerifiedClaims,
  packages: PackageDigests,
  annotations: Readonly<Record<string, string>> = {},
): readonly string[] {
  const compare = (what: string, said: PackageDigests | undefined): readonly string[] => {
    if (said === undefined) return [`has no ${what} that is signed by a key that was given`];
    const difference = differenceOf(said, packages);
    return difference === undefined ? [] : [`has a ${what} that ${difference}`];
  };
  const resources = resourcesInProvenance(claims.get(provenanceType));
  const built = resources && new Map(ofKind(resources, 'package '));
  const release = resources && ofKind(resources, 'release ')[0]?.[1];
  const isOther = release !== undefined && release !== annotations[imageAnnotations.releaseDigest];
  return [
    ...compare('provenance', built),
    ...(isOther ? ['has a provenance that is about another release'] : []),
    ...compare('bill of materials (SPDX)', packagesInSpdx(claims.get(billTypes.spdx))),
    ...compare('bill of materials (CycloneDX)', packagesInCycloneDx(claims.get(billTypes.cyclonedx))),
  ];
}

function ofKind(resources: PackageDigests, kind: string): readonly (readonly [string, Digest])[] {
  return [...resources]
    .filter(([name]) => name.startsWith(kind))
    .map(([name, digest]) => [name.slice(kind.length), digest] as const);
}
