import type { Digest } from '../../core/digest-text.ts';
import { mapLimit } from '../../core/map-limit.ts';
import type { ComposedImage } from './compose-image.ts';
import type { ImageLayer } from './image-layer.ts';
import type { ImagePlace, ImageText } from './image-place.ts';

/** What came of a layer that was to be put somewhere. */
export type LayerFate = 'kept' | 'mounted' | 'written';

/** An image for several platforms, and what it is to be called. */
export interface ImageUpload {
  readonly name: string;
  readonly tags: readonly string[];
  readonly images: readonly ComposedImage[];
  readonly index: ImageText;
  /** Puts what belongs to the image beside it, once its manifests are there and before tags lead to them. */
  readonly attach?: (place: ImagePlace) => Promise<void>;
}

/** How many layers are on their way at a time. */
const parallel = 4;

/** Puts images somewhere: layers, configs, manifests, the indexes, and at last the tags; each layer once. After a failure nothing leads to what was written.
 * @throws what the place throws */
export async function putImage(
  place: ImagePlace,
  uploads: readonly ImageUpload[],
  onLayer: (layer: ImageLayer, fate: LayerFate) => void,
): Promise<void> {
  try {
    for (const upload of uploads) await putContents(place, upload, onLayer);
    for (const { attach } of uploads) await attach?.(place);
    for (const { name, tags, index } of uploads) for (const tag of tags) await place.tag(name, tag, index);
    await place.commit();
  } catch (error) {
    await place.discard();
    throw error;
  }
}

async function putContents(
  place: ImagePlace,
  { name, images, index }: ImageUpload,
  onLayer: (layer: ImageLayer, fate: LayerFate) => void,
): Promise<void> {
  const layers = new Map<Digest, ImageLayer>(
    images.flatMap((image) => image.layers.map((layer) => [layer.digest, layer] as const)),
  );
  await mapLimit(layers.values(), parallel, async (layer) => onLayer(layer, await place.writeBlob(name, layer)));
  for (const { config } of images) await place.writeText(name, config);
  for (const { manifest } of images) await place.writeManifest(name, manifest);
  await place.writeManifest(name, index);
}
