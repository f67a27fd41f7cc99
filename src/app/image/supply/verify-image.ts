import { resolve } from 'node:path';
import { digestOf } from '../../../core/digest.ts';
import { FarmError } from '../../../core/farm-error.ts';
import { parseImageName } from '../../../image/oci/image-name.ts';
import type { ImagePlace } from '../../../image/oci/image-place.ts';
import { imagePlatformOf } from '../../../image/oci/image-types.ts';
import { isSigned, verifyClaims } from '../../../image/supply/verify-claims.ts';
import type { ImageFault } from '../../../image/supply/verify-statements.ts';
import { type PublicKey, readPublicKey } from '../../../package/sign/key-file.ts';
import { readTrustedKeys } from '../../farm/farm-keys.ts';
import { type AppContext, openFarm } from '../../farm/open-farm.ts';
import { openImagePlace } from '../open-image-place.ts';
import { readStoredImage } from '../stored-image.ts';
import { createLayerChecker } from './check-image-layers.ts';
import { type VerifiedPlatform, verifyPlatformImage } from './verify-platform-image.ts';

/** Which image is to be checked, and whose signatures count. */
export interface VerifyImageRequest {
  /** `name:tag`, or `name@sha256:...`. */
  readonly image: string;
  /** A layout or a registry; the farm's own place when absent. */
  readonly at?: string;
  /** Files of public keys; those that the farm trusts without any. */
  readonly keys: readonly string[];
  /** What paths are relative to. */
  readonly folder: string;
  /** Asked for only where the place or the keys are the farm's. */
  readonly farm: () => string;
}

/** What became of the check of an image. */
export interface VerifiedImage {
  readonly image: string;
  readonly location: string;
  readonly digest: string;
  /** Ids of the keys that have signed it. */
  readonly keys: readonly string[];
  readonly platforms: readonly VerifiedPlatform[];
  /** That was read and hashed. */
  readonly bytes: number;
  readonly faults: readonly ImageFault[];
}

/** Checks an image from its signature down to each package: without network where the image is on this machine, and with nothing but it and a public key.
 * @throws IMAGE_NOT_FOUND, IMAGE_INVALID, KEY_INVALID, NAME_INVALID, BINHOST_DENIED, BINHOST_UNAVAILABLE */
export async function verifyImage(request: VerifyImageRequest, context: AppContext): Promise<VerifiedImage> {
  const trusted = await readKeys(request, context);
  const place = await openPlace(request, context);
  const { name, reference } = parseReference(request.image);
  const { top, platforms } = await readStoredImage(place, name, reference);
  const digest = digestOf(top.text);
  const claims = await verifyClaims(place, { name, subject: digest }, trusted);
  const faults: ImageFault[] = isSigned(claims)
    ? []
    : [{ subject: request.image, says: `is not signed by a key that was given: ${claims.problems[0] ?? 'no reason'}` }];
  if (claims.simple === false) faults.push({ subject: request.image, says: 'has only foreign signatures for cosign' });
  const layers = createLayerChecker(place, name, context);
  layers.expect(platforms);
  const verified: VerifiedPlatform[] = [];
  for (const platform of platforms)
    verified.push(await verifyPlatformImage({ place, name, trusted, layers, image: request.image }, platform));
  return {
    image: request.image,
    location: place.location,
    digest,
    keys: claims.keys,
    platforms: verified,
    bytes: layers.bytes(),
    faults: [...faults, ...verified.flatMap((item) => item.faults)],
  };
}

/** The keys that a command was given, or those that the farm trusts.
 * @throws KEY_INVALID, FARM_NOT_FOUND */
export async function readKeys(
  { keys, folder, farm }: Pick<VerifyImageRequest, 'keys' | 'folder' | 'farm'>,
  context: AppContext,
): Promise<readonly PublicKey[]> {
  if (keys.length === 0) return await readTrustedKeys(await openFarm(farm(), context));
  return await Promise.all(keys.map((path) => readPublicKey(resolve(folder, path))));
}

async function openPlace({ at, folder, farm }: VerifyImageRequest, context: AppContext): Promise<ImagePlace> {
  const platform = imagePlatformOf('x86_64');
  if (at !== undefined) return openImagePlace(at, { folder, platform, context });
  const { stack, paths } = await openFarm(farm(), context);
  return openImagePlace(stack.publish.imagesTo, { folder: paths.folder, platform, context });
}

function parseReference(image: string): { readonly name: string; readonly reference: string } {
  const [, name, digest] = /^(.+)@(sha256:[0-9a-f]{64})$/.exec(image) ?? [];
  if (name !== undefined && digest !== undefined)
    return { name: parseImageName(name, 'latest').name, reference: digest };
  if (image.includes('@')) {
    throw new FarmError('NAME_INVALID', `Cannot use "${image}" as the name of an image: its digest is none`, {
      hint: 'Write name:tag or name@sha256:...',
    });
  }
  const parsed = parseImageName(image, 'latest');
  return { name: parsed.name, reference: parsed.tag };
}
