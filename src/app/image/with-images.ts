import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FarmError } from '../../core/farm-error.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { writeFileAtomic } from '../../core/write-file-atomic.ts';
import { emptyImageLock, formatImageLock, type ImageLock, parseImageLock } from '../../image/plan/image-lock.ts';
import { nearestName } from '../../model/did-you-mean.ts';
import type { StackImage } from '../../model/publish.ts';
import type { Release } from '../../model/release.ts';
import { type AppContext, type Farm, takeFarm } from '../farm/open-farm.ts';
import type { SignedRelease } from '../release/release-shelf.ts';
import { releaseWithdrawn } from '../release/resolve-release.ts';
import { type ReleaseSetting, withReleases } from '../release/with-releases.ts';

/** What commands that make images work with. */
export interface ImageSetting extends ReleaseSetting {
  readonly context: AppContext;
  readonly lock: ImageLock;
  /** Where layers that were made are kept. */
  readonly cache: string;
}

/** Opens a farm with its releases and images. */
export async function withImages<Result>(
  folder: string,
  context: AppContext,
  work: (setting: ImageSetting) => Promise<Result>,
): Promise<Result> {
  return await withReleases(folder, context, async (setting) => {
    const lock = await readImageLock(setting.farm);
    return await work({ ...setting, context, lock, cache: setting.farm.settings.cache });
  });
}

/** Where a farm's images.lock is. */
function lockPathOf({ paths }: Farm): string {
  return join(paths.folder, 'images.lock');
}

async function readImageLock(farm: Farm): Promise<ImageLock> {
  const path = lockPathOf(farm);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw translateFileError(error, 'read', path);
  });
  return text === undefined ? emptyImageLock : parseImageLock(text, path);
}

/** Changes images.lock, as it is at that moment, while nobody else does; nothing is written when nothing changes. */
export async function changeImageLock(
  farm: Farm,
  context: AppContext,
  change: (lock: ImageLock) => ImageLock,
): Promise<void> {
  const held = await takeFarm(farm, 'binfarm image build', { ...context, wait: true });
  try {
    const before = await readImageLock(farm);
    const text = formatImageLock(change(before));
    if (text !== formatImageLock(before)) await writeFileAtomic(lockPathOf(farm), text);
  } finally {
    await held.close();
  }
}

/** The image of the stack file that a name means; the only one without a name.
 * @throws IMAGE_NOT_FOUND */
export function findStackImage({ stack }: Farm, name: string | undefined): StackImage {
  const { images } = stack.publish;
  const found = name === undefined && images.length === 1 ? images[0] : images.find((image) => image.name === name);
  if (found !== undefined) return found;
  const names = images.map((image) => image.name);
  const near = name === undefined ? undefined : nearestName(name, names);
  const example = 'publish: { images: [{ name: nova/full, sets: [analysis], base: debian12 }] }';
  const hint =
    names.length === 0
      ? `Describe one in binfarm.yaml: ${example}`
      : near === undefined
        ? `The images are ${names.join(', ')}`
        : `Did you mean "${near}"?`;
  throw new FarmError(
    'IMAGE_NOT_FOUND',
    name === undefined
      ? 'Cannot tell which image is meant: it was not named'
      : `Cannot find the image "${name}": binfarm.yaml does not describe it`,
    { hint },
  );
}

/** A release that an image is made of, and the channel that it was asked for by. */
export interface ImageRelease extends SignedRelease {
  readonly channel?: string;
}

/** The release that a name means, or the newest one without a name.
 * @throws RELEASE_NOT_FOUND, RELEASE_WITHDRAWN, and what reading a release throws */
export async function findImageRelease(name: string, { shelf }: ImageSetting): Promise<ImageRelease> {
  const channel = await shelf.readChannel(name);
  const signed = await shelf.readRelease(channel?.channel.release ?? name);
  const withdrawal = await shelf.readWithdrawal(signed.release.name);
  if (withdrawal !== undefined) throw releaseWithdrawn(withdrawal, 'make an image of', 'Take another release');
  return { ...signed, ...(channel === undefined ? {} : { channel: name }) };
}

/** The platforms of a release that an image has, in the order of the stack file.
 * @throws PLATFORM_INVALID */
export function choosePlatforms(release: Release, image: StackImage, asked: readonly string[]): readonly string[] {
  const known = Object.keys(release.platforms);
  const wanted = asked.length > 0 ? asked : (image.platforms ?? known);
  const wrong = wanted.find((platform) => !known.includes(platform));
  if (wrong === undefined) return [...new Set(wanted)];
  throw new FarmError(
    'PLATFORM_INVALID',
    `Cannot make an image for "${wrong}": release "${release.name}" has no such platform`,
    {
      hint: `It has ${known.join(', ')}`,
    },
  );
}
