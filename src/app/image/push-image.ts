import { join } from 'node:path';
import { openBinhost } from '../../binhost/open-binhost.ts';
import { digestOf } from '../../core/digest.ts';
import type { ComposedImage } from '../../image/oci/compose-image.ts';
import type { ImageLayer, LayerKind } from '../../image/oci/image-layer.ts';
import { parseImageName } from '../../image/oci/image-name.ts';
import type { ImagePlace, RegistryRepository } from '../../image/oci/image-place.ts';
import { type Descriptor, imageAnnotations, imagePlatformOf } from '../../image/oci/image-types.ts';
import { type LayerFate, putImage } from '../../image/oci/put-image.ts';
import { type AppContext, type Farm, openFarm, resolveBinhost } from '../farm/open-farm.ts';
import type { PlacedImage } from './build-image.ts';
import { placeOrigin } from './image-base.ts';
import { type ImagesRequest, openImages } from './look-at-images.ts';
import { openImagePlace } from './open-image-place.ts';
import { readStoredImage, type StoredImage, wordsIn } from './stored-image.ts';
import { copySupplyChain } from './supply/attach-supply-chain.ts';

/** Which image is to be copied, and where to. */
export interface PushImageRequest extends ImagesRequest {
  readonly image: string;
  readonly to: string;
  readonly dryRun: boolean;
}

/** Copies an image with all its platforms to another place: what is there already stays, what another repository of the same registry has is mounted, and only the rest is sent.
 * @throws IMAGE_NOT_FOUND, IMAGE_INVALID, NAME_INVALID, BINHOST_INVALID, BINHOST_DENIED, BINHOST_UNAVAILABLE, DISK_FULL */
export async function pushImage(
  request: PushImageRequest,
  context: AppContext,
): Promise<PlacedImage & { readonly image: string; readonly digest: string }> {
  const farm = await openFarm(request.farm, context);
  const { place: from } = await openImages(request, context);
  const { name, tag } = parseImageName(request.image, 'latest');
  const image = await readStoredImage(from, name, tag);
  const to = openImagePlace(request.to, { folder: request.folder, platform: imagePlatformOf('x86_64'), context });
  const registries = [
    farm.paths.binhost,
    resolveBinhost(request.folder, request.to),
    ...farm.stack.binhosts.map(({ location }) => location),
  ]
    .filter((location) => /^oci(\+https?)?:\/\//.test(location))
    .flatMap((location) => openBinhost(location, { farm: farm.stack.farm }).registry ?? []);
  const repositoriesOf = (packages: readonly string[]): readonly RegistryRepository[] =>
    packages.flatMap((item) =>
      registries.map(({ address, repositoryOf }) => ({ address, repository: repositoryOf(item) })),
    );
  const spool = join(farm.settings.cache, 'incoming');
  const images = image.platforms.map(
    (platform): ComposedImage => ({
      platform: { architecture: platform.config.architecture, os: platform.config.os },
      config: platform.texts.config,
      manifest: platform.texts.manifest,
      layers: platform.manifest.layers.map((layer, index) =>
        layerOf(layer, { from, name, spool, repositoriesOf, diffId: platform.config.rootfs.diff_ids[index]! }),
      ),
    }),
  );
  const result = { image: `${name}:${tag}`, digest: digestOf(image.top.text), location: to.location };
  if (request.dryRun) return { ...result, kept: 0, mounted: 0, written: 0, bytes: 0 };
  return { ...result, ...(await put({ from, to, farm }, { image, images }, context)) };
}

function layerOf(
  layer: Descriptor,
  about: {
    readonly from: ImagePlace;
    readonly name: string;
    readonly spool: string;
    readonly repositoriesOf: (packages: readonly string[]) => readonly RegistryRepository[];
    readonly diffId: ImageLayer['diffId'];
  },
): ImageLayer {
  const { from, name, spool, repositoriesOf, diffId } = about;
  const origin = placeOrigin(layer, { place: from, name, spool });
  const kind = (layer.annotations?.[imageAnnotations.kind] ?? 'base') as LayerKind;
  const origins = wordsIn(layer, imageAnnotations.origins);
  const packages = wordsIn(layer, imageAnnotations.packages);
  const repositories = [...(origin.repositories ?? []), ...(kind === 'package' ? repositoriesOf(origins) : [])];
  const { mediaType, annotations = {} } = layer;
  return {
    ...origin,
    repositories,
    kind,
    mediaType,
    diffId,
    annotations,
    title: origins.join(', ') || kind,
    packages,
    origins,
  };
}

async function put(
  { from, to, farm }: { readonly from: ImagePlace; readonly to: ImagePlace; readonly farm: Farm },
  { image, images }: { readonly image: StoredImage; readonly images: readonly ComposedImage[] },
  { emit }: AppContext,
): Promise<Omit<PlacedImage, 'location'>> {
  const layers = new Map(images.flatMap((item) => item.layers.map((layer) => [layer.digest, layer] as const)));
  const counts = { kept: 0, mounted: 0, written: 0 };
  let bytes = 0;
  const sum = [...layers.values()].reduce((total, { size }) => total + size, 0);
  emit({ type: 'image.putStarted', image: image.name, location: to.location, layers: layers.size, bytes: sum });
  const onLayer = ({ digest, title, size }: ImageLayer, fate: LayerFate) => {
    counts[fate] += 1;
    if (fate === 'written') bytes += size;
    emit({ type: 'image.layerPut', location: to.location, digest, title, bytes: size, fate });
  };
  const texts = [...image.platforms.map((item) => item.texts.manifest), image.top];
  const attach = () => copySupplyChain(from, to, { name: image.name, texts, farm });
  await putImage(to, [{ name: image.name, tags: [image.tag], images, index: image.top, attach }], onLayer);
  return { ...counts, bytes };
}
