import { digestOf } from '../../core/digest.ts';
import { parseImageName } from '../../image/oci/image-name.ts';
import type { ImagePlace } from '../../image/oci/image-place.ts';
import { imageAnnotations, imagePlatformOf, type RunConfig } from '../../image/oci/image-types.ts';
import { compareLayers, type FetchedLayers } from '../../image/plan/compare-layers.ts';
import { type AppContext, openFarm } from '../farm/open-farm.ts';
import { openImagePlace } from './open-image-place.ts';
import { bytesOf, readStoredImage, type StoredPlatformImage, wordsIn } from './stored-image.ts';

/** Where images are looked at. */
export interface ImagesRequest {
  readonly farm: string;
  /** A layout or a registry; where the stack file says when absent. */
  readonly at?: string;
  /** What paths are relative to. */
  readonly folder: string;
}

/** An image in a list. */
export interface ListedImage {
  readonly name: string;
  readonly tag: string;
  readonly digest: string;
  /** Farm and release, as the image says; absent for one that binfarm did not make. */
  readonly release?: string;
  readonly created?: string;
  readonly platforms: readonly string[];
  /** Of the layers of the first platform, in bytes. */
  readonly size: number;
}

/** Opens the place of a farm's images, or another one. */
export async function openImages(
  request: ImagesRequest,
  context: AppContext,
): Promise<{ readonly place: ImagePlace; readonly names: readonly string[] }> {
  const farm = await openFarm(request.farm, context);
  const { images, imagesTo } = farm.stack.publish;
  const [location, folder] = request.at === undefined ? [imagesTo, farm.paths.folder] : [request.at, request.folder];
  const place = openImagePlace(location, { folder, platform: imagePlatformOf('x86_64'), context });
  return { place, names: (await place.listNames()) ?? images.map(({ name }) => name) };
}

/** Every image in a place, by name; in a registry, those that the stack file describes. */
export async function listImages(
  request: ImagesRequest,
  context: AppContext,
): Promise<{ readonly location: string; readonly images: readonly ListedImage[] }> {
  const { place, names } = await openImages(request, context);
  const images: ListedImage[] = [];
  for (const name of names) {
    for (const tag of await place.listTags(name)) {
      const { top, annotations, platforms } = await readStoredImage(place, name, tag);
      const release = annotations[imageAnnotations.release];
      const created = annotations['org.opencontainers.image.created'];
      images.push({
        name,
        tag,
        digest: digestOf(top.text),
        ...(release === undefined ? {} : { release }),
        ...(created === undefined ? {} : { created }),
        platforms: platforms.map(({ platform }) => platform),
        size: platforms[0] === undefined ? 0 : bytesOf(platforms[0].manifest),
      });
    }
  }
  return { location: place.location, images };
}

/** A layer of an image as it lies somewhere. */
export interface InspectedLayer {
  readonly digest: string;
  readonly size: number;
  /** What binfarm says of it; `foreign` where it says nothing. */
  readonly kind: string;
  /** Store names. */
  readonly packages: readonly string[];
  /** How it came about, where the config says it. */
  readonly history: string;
}

/** An image for one platform, with what containers start with. */
export interface InspectedImage {
  readonly platform: string;
  readonly digest: string;
  readonly size: number;
  readonly created: string;
  readonly run: RunConfig;
  readonly annotations: Readonly<Record<string, string>>;
  readonly layers: readonly InspectedLayer[];
}

/** Describes an image: its layers, its packages, what containers start with.
 * @throws IMAGE_NOT_FOUND, IMAGE_INVALID, NAME_INVALID */
export async function inspectImage(
  request: ImagesRequest & { readonly image: string },
  context: AppContext,
): Promise<{
  readonly image: string;
  readonly location: string;
  readonly digest: string;
  readonly platforms: readonly InspectedImage[];
}> {
  const { place } = await openImages(request, context);
  const { name, tag } = parseImageName(request.image, 'latest');
  const { top, platforms } = await readStoredImage(place, name, tag);
  return {
    image: `${name}:${tag}`,
    location: place.location,
    digest: digestOf(top.text),
    platforms: platforms.map(inspect),
  };
}

function inspect({ platform, digest, manifest, config }: StoredPlatformImage): InspectedImage {
  const said = (config.history ?? []).filter((entry) => entry.empty_layer !== true);
  const isAligned = said.length === manifest.layers.length;
  return {
    platform,
    digest,
    size: bytesOf(manifest),
    created: config.created ?? '',
    run: config.config ?? {},
    annotations: manifest.annotations ?? {},
    layers: manifest.layers.map((layer, index) => ({
      digest: layer.digest,
      size: layer.size,
      kind: layer.annotations?.[imageAnnotations.kind] ?? 'foreign',
      packages: wordsIn(layer, imageAnnotations.packages),
      history: isAligned ? (said[index]?.created_by ?? '') : '',
    })),
  };
}

/** How a package differs between two images; a side is absent where the package is. */
export interface ImageChange {
  readonly before?: string;
  readonly after?: string;
}

/** What differs between two images for one platform. */
export interface ImageDifference {
  readonly platform: string;
  /** Store names that only one of them has, those of one package together. */
  readonly packages: readonly ImageChange[];
  readonly size: { readonly before: number; readonly after: number };
  /** Layers that both have. */
  readonly shared: number;
  readonly layers: { readonly before: number; readonly after: number };
  /** What a client that has the first fetches for the second. */
  readonly fetched: FetchedLayers;
}

/** Compares two images, platform by platform.
 * @throws IMAGE_NOT_FOUND, IMAGE_INVALID, NAME_INVALID */
export async function diffImages(
  request: ImagesRequest & { readonly before: string; readonly after: string },
  context: AppContext,
): Promise<{ readonly before: string; readonly after: string; readonly platforms: readonly ImageDifference[] }> {
  const { place } = await openImages(request, context);
  const [from, to] = [parseImageName(request.before, 'latest'), parseImageName(request.after, 'latest')];
  const [before, after] = [
    await readStoredImage(place, from.name, from.tag),
    await readStoredImage(place, to.name, to.tag),
  ];
  const platforms = after.platforms.flatMap((item) => {
    const other = before.platforms.find(({ platform }) => platform === item.platform);
    return other === undefined ? [] : [compare(other, item)];
  });
  return { before: `${from.name}:${from.tag}`, after: `${to.name}:${to.tag}`, platforms };
}

function compare(before: StoredPlatformImage, after: StoredPlatformImage): ImageDifference {
  const [old, now] = [before, after].map(({ manifest }) => packagesByName(manifest.layers));
  const names = [...new Set([...old!.keys(), ...now!.keys()])].toSorted();
  const packages = names.flatMap((name): ImageChange[] => {
    const [was, is] = [old!.get(name)?.join(' '), now!.get(name)?.join(' ')];
    if (was === is) return [];
    return [{ ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) }];
  });
  const known = new Set(before.manifest.layers.map(({ digest }) => digest));
  return {
    platform: after.platform,
    packages,
    size: { before: bytesOf(before.manifest), after: bytesOf(after.manifest) },
    shared: after.manifest.layers.filter(({ digest }) => known.has(digest)).length,
    layers: { before: before.manifest.layers.length, after: after.manifest.layers.length },
    fetched: compareLayers(before.manifest.layers, after.manifest.layers),
  };
}

/** Store names, by what they begin with: a store name ends in a version and 20 digits of a hash. */
function packagesByName(layers: StoredPlatformImage['manifest']['layers']): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const layer of layers) {
    const origins = wordsIn(layer, imageAnnotations.origins).toSorted((a, b) => b.length - a.length);
    for (const storeName of wordsIn(layer, imageAnnotations.packages)) {
      const name = origins.find((origin) => storeName.startsWith(`${origin}-`)) ?? storeName;
      found.set(name, [...(found.get(name) ?? []), storeName].toSorted());
    }
  }
  return found;
}
