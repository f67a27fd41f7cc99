import { digestOf } from '../../core/digest.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import type { ImageLayer } from './image-layer.ts';
import type { ImageText } from './image-place.ts';
import {
  type Descriptor,
  type HistoryEntry,
  type ImageConfig,
  type ImagePlatform,
  imageAnnotations,
  imageTypes,
  type RunConfig,
} from './image-types.ts';

/** What an image for one platform is made of. */
export interface ImageParts {
  readonly platform: ImagePlatform;
  /** Its config, when it has a base that has one. */
  readonly base?: ImageConfig;
  /** From the lowest to the uppermost, the base's first. */
  readonly layers: readonly ImageLayer[];
  readonly run: RunConfig;
  readonly annotations: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly created: string;
}

/** An image for one platform: its two documents, and the layers that they name. */
export interface ComposedImage {
  readonly platform: ImagePlatform;
  readonly config: ImageText;
  readonly manifest: ImageText;
  readonly layers: readonly ImageLayer[];
}

/** Makes the config and the manifest of an image (OCI image specification 1.1). Equal parts have equal bytes. */
export function composeImage(parts: ImageParts): ComposedImage {
  const { platform, layers, run, annotations, created } = parts;
  const config = formatCanonicalJson({
    ...platform,
    created,
    config: run,
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: historyOf(parts),
  });
  const manifest = formatCanonicalJson({
    schemaVersion: 2,
    mediaType: imageTypes.manifest,
    config: { mediaType: imageTypes.config, digest: digestOf(config), size: Buffer.byteLength(config) },
    layers: layers.map(describeLayer),
    annotations,
  });
  return {
    platform,
    config: { mediaType: imageTypes.config, text: config },
    manifest: { mediaType: imageTypes.manifest, text: manifest },
    layers,
  };
}

/** Makes the index of images for several platforms; the first that fits is what a client takes. */
export function composeIndex(
  images: readonly ComposedImage[],
  annotations: Readonly<Record<string, string>>,
): ImageText {
  const text = formatCanonicalJson({
    schemaVersion: 2,
    mediaType: imageTypes.index,
    manifests: images.map(({ manifest, platform }) => ({ ...descriptorOf(manifest), platform })),
    annotations,
  });
  return { mediaType: imageTypes.index, text };
}

/** How a document is referred to. */
export function descriptorOf({ mediaType, text }: ImageText): Descriptor {
  return { mediaType, digest: digestOf(text), size: Buffer.byteLength(text) };
}

/** A base's layers keep their descriptors; of its own ones binfarm says what is in them. */
function describeLayer({ mediaType, digest, size, annotations, kind, packages, origins }: ImageLayer): Descriptor {
  const own = {
    [imageAnnotations.kind]: kind,
    ...(packages.length === 0
      ? {}
      : { [imageAnnotations.packages]: packages.join(' '), [imageAnnotations.origins]: origins.join(' ') }),
  };
  return { mediaType, digest, size, annotations: { ...annotations, ...own } };
}

/** One entry for each layer; the base's own, where it says something of all of its layers. */
function historyOf({ base, layers, created }: ImageParts): readonly HistoryEntry[] {
  const below = layers.filter(({ kind }) => kind === 'base');
  const own = layers.filter(({ kind }) => kind !== 'base');
  const said = base?.history ?? [];
  const isAligned = said.filter((entry) => entry.empty_layer !== true).length === below.length;
  const entryOf = ({ title, kind }: ImageLayer) => ({
    created,
    created_by: `binfarm image build: ${kind} ${title}`.slice(0, 1000),
  });
  return [...(isAligned && below.length > 0 ? said : below.map(entryOf)), ...own.map(entryOf)];
}
