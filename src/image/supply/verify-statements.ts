import { digestOf } from '../../core/digest.ts';
import type { Digest } from '../../core/digest-text.ts';
import { isFarmError } from '../../core/farm-error.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import { parseRelease, type Release, type ReleasePackage } from '../../model/release.ts';
import { isTrustError, verifyEnvelope } from '../../package/sign/envelope.ts';
import type { PublicKey } from '../../package/sign/key-file.ts';
import { parsePackageStatement } from '../../package/sign/package-statement.ts';
import { type Descriptor, imageAnnotations } from '../oci/image-types.ts';
import type { ImageStatements } from './image-statements.ts';

/** A package of an image as the signed release has it. */
export interface StatedPackage {
  readonly storeName: string;
  readonly item: ReleasePackage;
}

/** Something that is not as it must be. */
export interface ImageFault {
  /** An image's platform, a package, a layer. */
  readonly subject: string;
  readonly says: string;
}

/** Reads the release that an image says it is made of, out of what is attached to it.
 * @returns the release, or why it is not believed */
export function verifyRelease(
  { release: envelope }: ImageStatements,
  annotations: Readonly<Record<string, string>>,
  trusted: readonly PublicKey[],
): { readonly release: Release } | { readonly problem: string } {
  if (digestOf(formatCanonicalJson(envelope)) !== annotations[imageAnnotations.releaseDigest])
    return { problem: 'the attached release is not the one that the image is made of' };
  return believing(() => {
    const parsed = parseRelease(verifyEnvelope(envelope, trusted, 'the release'));
    return 'problem' in parsed ? parsed : { release: parsed.release };
  });
}

/** Compares what its farm has signed of one package with the release.
 * @returns why it is not believed; undefined when it is */
export function findStatementFault(
  { storeName, item }: StatedPackage,
  { packages }: ImageStatements,
  { platform, trusted }: { readonly platform: string; readonly trusted: readonly PublicKey[] },
): string | undefined {
  const envelope = packages[storeName];
  if (envelope === undefined) return 'nothing that was signed of it is attached';
  const result = believing(() => ({ said: parsePackageStatement(verifyEnvelope(envelope, trusted, storeName)) }));
  if ('problem' in result) return result.problem;
  const { said } = result;
  const keys = ['name', 'version', 'buildHash', 'digest', 'size', 'diffId'] as const;
  const wrong = keys.find((key) => said[key] !== item[key]);
  if (wrong !== undefined) return `its signed ${wrong} is ${said[wrong]}, and that of the release ${item[wrong]}`;
  return said.platform === platform ? undefined : `it was signed for ${said.platform}`;
}

/** Compares a layer with the packages that it says it has, as far as that follows from digests alone.
 * @returns what is wrong; undefined when nothing is */
export function findLayerFault(
  { digest, size, annotations }: Descriptor,
  diffId: Digest,
  packages: readonly StatedPackage[],
): string | undefined {
  const kind = annotations?.[imageAnnotations.kind];
  if (kind === 'base' || kind === 'top') return packages.length === 0 ? undefined : 'it has packages, and should not';
  if (kind === 'group' || packages.length !== 1) return kind === 'group' ? undefined : 'it does not say what it has';
  const { item } = packages[0]!;
  if (kind === 'relocated') return item.renames === undefined ? 'its package was changed without a reason' : undefined;
  if (kind !== 'package') return 'it does not say what it is';
  const isSame = digest === item.digest && size === item.size && diffId === item.diffId;
  return isSame ? undefined : 'it is not the package that was signed';
}

function believing<Result>(read: () => Result): Result | { readonly problem: string } {
  try {
    return read();
  } catch (error) {
    if (isTrustError(error) || isFarmError(error, 'RELEASE_INVALID')) return { problem: error.message };
    throw error;
  }
}
