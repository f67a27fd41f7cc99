import { digestOf } from '../../core/digest.ts';
import { FarmError } from '../../core/farm-error.ts';
import type { ImagePlace, ImageText } from '../../image/oci/image-place.ts';
import {
  type Descriptor,
  type ImageConfig,
  type ImageManifest,
  imageAnnotations,
} from '../../image/oci/image-types.ts';
import { imageInvalid, parseImageConfig, parseImageDocument } from '../../image/oci/parse-image.ts';
import { readSmallBlob } from './image-base.ts';

/** An image for one platform as it lies somewhere. */
export interface StoredPlatformImage {
  /** In the words of OCI: `linux/amd64`. */
  readonly platform: string;
  /** Of the manifest. */
  readonly digest: string;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  readonly texts: { readonly manifest: ImageText; readonly config: ImageText };
}

/** An image with all its platforms as it lies somewhere. */
export interface StoredImage {
  readonly name: string;
  readonly tag: string;
  /** What the tag leads to: an index, or the manifest of an image that has only one platform. */
  readonly top: ImageText;
  readonly annotations: Readonly<Record<string, string>>;
  readonly platforms: readonly StoredPlatformImage[];
}

/** Reads an image: the documents alone, all of which are compared with their digests.
 * @throws IMAGE_NOT_FOUND, IMAGE_INVALID */
export async function readStoredImage(place: ImagePlace, name: string, tag: string): Promise<StoredImage> {
  const text = await place.readManifest(name, tag);
  if (text === undefined) {
    const tags = await place.listTags(name);
    throw new FarmError(
      'IMAGE_NOT_FOUND',
      `Cannot find the image "${name}:${tag}" in "${place.location}": it is not there`,
      {
        hint: tags.length === 0 ? 'binfarm image build makes it' : `There are the tags ${tags.slice(0, 20).join(', ')}`,
      },
    );
  }
  const subject = `${name}:${tag}`;
  const parsed = parseImageDocument(text, subject);
  if ('manifest' in parsed) {
    const { manifest } = parsed;
    const platform = await readPlatform(place, name, { text, manifest, subject });
    const top = { mediaType: manifest.mediaType, text };
    return { name, tag, top, annotations: manifest.annotations ?? {}, platforms: [platform] };
  }
  const platforms: StoredPlatformImage[] = [];
  for (const { digest } of parsed.index.manifests) {
    const inner = await place.readManifest(name, digest);
    if (inner === undefined || digestOf(inner) !== digest)
      throw imageInvalid(subject, `its manifest ${digest} is missing or damaged`);
    const document = parseImageDocument(inner, subject);
    if (!('manifest' in document)) throw imageInvalid(subject, 'its index leads to another index');
    platforms.push(await readPlatform(place, name, { text: inner, manifest: document.manifest, subject }));
  }
  const { mediaType, annotations = {} } = parsed.index;
  return { name, tag, top: { mediaType, text }, annotations, platforms };
}

async function readPlatform(
  place: ImagePlace,
  name: string,
  { text, manifest, subject }: { readonly text: string; readonly manifest: ImageManifest; readonly subject: string },
): Promise<StoredPlatformImage> {
  const configText = await readSmallBlob(place, name, manifest.config, subject);
  const config = parseImageConfig(configText, subject);
  return {
    platform: manifest.annotations?.[imageAnnotations.platform] ?? `${config.os}/${config.architecture}`,
    digest: digestOf(text),
    manifest,
    config,
    texts: {
      manifest: { mediaType: manifest.mediaType, text },
      config: { mediaType: manifest.config.mediaType, text: configText },
    },
  };
}

/** The words that an annotation of a layer has. */
export function wordsIn({ annotations }: Descriptor, key: string): readonly string[] {
  return (annotations?.[key] ?? '').split(' ').filter((word) => word !== '');
}

/** What all layers of an image have together, in bytes. */
export function bytesOf({ layers }: ImageManifest): number {
  return layers.reduce((sum, { size }) => sum + size, 0);
}
