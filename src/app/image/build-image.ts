import { digestOf } from '../../core/digest.ts';
import type { Digest } from '../../core/digest-text.ts';
import { imagePlatformOf } from '../../image/oci/image-types.ts';
import { type ImageUpload, type LayerFate, putImage } from '../../image/oci/put-image.ts';
import type { ImageLock } from '../../image/plan/image-lock.ts';
import { type AppContext, resolveBinhost } from '../farm/open-farm.ts';
import { composeImages, type ImageFamilies, type ImageFamily, type ImageSelection } from './compose-images.ts';
import { describeFamily, type PlatformReport } from './describe-image.ts';
import { openImagePlace } from './open-image-place.ts';
import { attachSupplyChain, composeSupplyChain, type SupplyChain } from './supply/attach-supply-chain.ts';
import { changeImageLock, type ImageSetting, withImages } from './with-images.ts';

/** Which image is to be made, and where it is to be put. */
export interface BuildImageRequest extends ImageSelection {
  readonly farm: string;
  /** Layouts (`oci:DIR`), archives (`FILE.tar`), registries (`oci://host/path`); where the stack file says when empty. */
  readonly to: readonly string[];
  /** What paths are relative to. */
  readonly folder: string;
  /** Make everything, and put it nowhere. */
  readonly dryRun: boolean;
}

/** What became of the layers of one place. */
export interface PlacedImage {
  readonly location: string;
  readonly kept: number;
  readonly mounted: number;
  readonly written: number;
  /** Of the layers that were written. */
  readonly bytes: number;
}

/** An image that was made. */
export interface BuiltImage {
  readonly image: string;
  readonly release: string;
  /** Of the indexes, by tag. */
  readonly tags: Readonly<Record<string, string>>;
  readonly platforms: readonly PlatformReport[];
  /** Empty in a dry run. */
  readonly places: readonly PlacedImage[];
}

/** Makes an image of a release: packages' blobs as layers, as they are, and puts it where it is wanted. Nothing is unpacked, and no daemon and no root is needed.
 * @throws what `composeImages` throws; BINHOST_INVALID, BINHOST_DENIED, BINHOST_UNAVAILABLE, DISK_FULL, PATH_EXISTS, PERMISSION_DENIED */
export async function buildImage(request: BuildImageRequest, context: AppContext): Promise<BuiltImage> {
  return await withImages(request.farm, context, async (setting) => {
    const { farm } = setting;
    const isGiven = request.to.length > 0;
    const folder = isGiven ? request.folder : farm.paths.folder;
    const to = isGiven ? request.to : [farm.stack.publish.imagesTo];
    const made = await composeImages(
      request,
      to.map((location) => resolveBinhost(folder, location)),
      setting,
    );
    const places = request.dryRun ? [] : await putEverywhere(made, to, { folder, context, setting });
    if (!request.dryRun) await changeImageLock(farm, context, (lock) => withMade(lock, made));
    tellBaseChanges(made, setting);
    return {
      image: made.image.name,
      release: made.release.release.name,
      tags: Object.fromEntries(
        made.families.flatMap(({ tags, index }) => tags.map((tag) => [tag, digestOf(index.text)])),
      ),
      platforms: made.families.flatMap((family) => describeFamily(family, setting)),
      places,
    };
  });
}

async function putEverywhere(
  { image, families }: ImageFamilies,
  to: readonly string[],
  {
    folder,
    context,
    setting,
  }: { readonly folder: string; readonly context: AppContext; readonly setting: ImageSetting },
): Promise<readonly PlacedImage[]> {
  const results: PlacedImage[] = [];
  const chains = new Map<ImageFamily, SupplyChain>();
  for (const location of to) {
    const platform = imagePlatformOf({ x64: 'x86_64', arm64: 'aarch64' }[process.arch as string] ?? process.arch);
    // an archive has all that it is given at once, so one place is opened for all families
    const place = openImagePlace(location, { folder, platform, context });
    const fates = new Map<Digest, LayerFate>();
    const sizes = new Map<Digest, number>();
    if (!place.takesNoAttachments && chains.size === 0)
      for (const family of families) chains.set(family, await composeSupplyChain(family, setting));
    const uploads = families.map((family) => uploadOf(image.name, family, chains.get(family)));
    const layers = new Map(
      uploads.flatMap(({ images }) =>
        images.flatMap((item) => item.layers.map((layer) => [layer.digest, layer] as const)),
      ),
    );
    const bytes = [...layers.values()].reduce((sum, { size }) => sum + size, 0);
    context.emit({ type: 'image.putStarted', image: image.name, location: place.location, layers: layers.size, bytes });
    await putImage(place, uploads, (layer, fate) => {
      fates.set(layer.digest, fate);
      sizes.set(layer.digest, layer.size);
      const { digest, title, size } = layer;
      context.emit({ type: 'image.layerPut', location: place.location, digest, title, bytes: size, fate });
    });
    const count = (wanted: LayerFate) => [...fates.values()].filter((fate) => fate === wanted).length;
    const written = [...fates]
      .filter(([, fate]) => fate === 'written')
      .reduce((sum, [digest]) => sum + sizes.get(digest)!, 0);
    results.push({
      location: place.location,
      kept: count('kept'),
      mounted: count('mounted'),
      written: count('written'),
      bytes: written,
    });
  }
  return results;
}

function uploadOf(name: string, { tags, members, index }: ImageFamily, chain: SupplyChain | undefined): ImageUpload {
  const upload = { name, tags, images: members.map(({ image }) => image), index };
  return chain === undefined ? upload : { ...upload, attach: (place) => attachSupplyChain(place, name, chain) };
}

/** images.lock with what the layers now are; thin images have none of their own. */
function withMade(lock: ImageLock, { image, release, families }: ImageFamilies): ImageLock {
  const fat = families.filter(({ form }) => form === 'fat').flatMap(({ members }) => members);
  const platforms = fat.map(
    ({ plan, image: made }) =>
      [
        plan.platform,
        {
          release: release.digest,
          groups: plan.groups.map((group) => [...group]),
          layers: made.layers.map(({ digest, size }) => ({ digest, size })),
        },
      ] as const,
  );
  const bases = families
    .flatMap(({ members }) => members)
    .flatMap(({ plan }) => {
      const { name, digest, isNamed } = plan.base;
      return digest === undefined || isNamed === undefined ? [] : [[name, digest] as const];
    });
  const before = lock.images[image.name];
  const images =
    platforms.length === 0
      ? lock.images
      : { ...lock.images, [image.name]: { ...before, ...Object.fromEntries(platforms) } };
  return { ...lock, bases: { ...lock.bases, ...Object.fromEntries(bases) }, images };
}

function tellBaseChanges({ families }: ImageFamilies, { lock, context }: ImageSetting): void {
  const bases = new Map(
    families.flatMap(({ members }) => members.map(({ plan }) => [plan.base.name, plan.base] as const)),
  );
  for (const { name, digest } of bases.values()) {
    const before = lock.bases[name];
    if (before !== undefined && digest !== undefined && digest !== before)
      context.emit({ type: 'image.baseChanged', base: name, before, after: digest });
  }
}
