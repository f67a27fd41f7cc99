import type { Digest } from '../../../core/digest-text.ts';
import type { ImagePlace } from '../../../image/oci/image-place.ts';
import { type Descriptor, imageAnnotations } from '../../../image/oci/image-types.ts';
import { checkLayer, isLayerError, type LayerCheck } from '../../../image/supply/check-layer.ts';
import type { AppContext } from '../../farm/open-farm.ts';
import type { StoredPlatformImage } from '../stored-image.ts';

/** What a layer turned out to be: the digests of the packages in a group, or what is wrong. */
export type LayerFinding = { readonly members: ReadonlyMap<string, Digest> } | { readonly problem: string };

/** Reads layers, each once, however many platforms have it. */
export interface LayerChecker {
  /** Announces all that will be read. */
  readonly expect: (images: readonly StoredPlatformImage[]) => void;
  readonly check: (layer: Descriptor, diffId: Digest) => Promise<LayerFinding>;
  /** Read so far. */
  readonly bytes: () => number;
}

/** Makes a checker of the layers of an image. */
export function createLayerChecker(place: ImagePlace, name: string, { emit, signal }: AppContext): LayerChecker {
  const known = new Map<string, LayerFinding>();
  let bytes = 0;
  const read = async (layer: Descriptor, diffId: Digest): Promise<LayerFinding> => {
    signal.throwIfAborted();
    const { digest, size } = layer;
    const title = layer.annotations?.[imageAnnotations.packages] ?? kindOf(layer) ?? digest;
    const source = place.readBlob(name, { digest, size });
    try {
      const members = await checkLayer({ title, descriptor: layer, diffId, depth: depthOf(layer) }, source);
      bytes += size;
      emit({ type: 'image.layerChecked', location: place.location, digest, title, bytes: size, isGood: true });
      return { members };
    } catch (error) {
      if (!isLayerError(error)) throw error;
      emit({ type: 'image.layerChecked', location: place.location, digest, title, bytes: size, isGood: false });
      return { problem: error.message };
    }
  };
  return {
    expect: (images) => {
      const layers = new Set(images.flatMap(({ manifest }) => manifest.layers.map(({ digest }) => digest)));
      emit({ type: 'image.checkStarted', location: place.location, image: name, layers: layers.size });
    },
    check: async (layer, diffId) => {
      const key = `${layer.digest} ${diffId} ${depthOf(layer)}`;
      const finding = known.get(key) ?? (await read(layer, diffId));
      known.set(key, finding);
      return finding;
    },
    bytes: () => bytes,
  };
}

function kindOf({ annotations }: Descriptor): string | undefined {
  return annotations?.[imageAnnotations.kind];
}

/** The digest of a package's blob is what was signed; everything else is looked into. */
function depthOf(layer: Descriptor): LayerCheck['depth'] {
  const kind = kindOf(layer);
  return kind === 'package' ? 'blob' : kind === 'group' ? 'group' : 'tar';
}
