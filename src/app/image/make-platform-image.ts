import { findLibraryPackages } from '../../build/base/runtime-base.ts';
import { FarmError } from '../../core/farm-error.ts';
import { formatBytes } from '../../core/format-quantity.ts';
import { type BaseDemands, checkBase, demandsOf } from '../../image/base/check-base.ts';
import { type ComposedImage, composeImage } from '../../image/oci/compose-image.ts';
import type { ImageLayer } from '../../image/oci/image-layer.ts';
import { imageAnnotations, imagePlatformOf, type RunConfig } from '../../image/oci/image-types.ts';
import type { LayerEntry } from '../../image/oci/write-tree-layer.ts';
import { type LayerGroups, planLayers } from '../../image/plan/plan-layers.ts';
import { parsePlatform } from '../../model/platform.ts';
import type { StackImage } from '../../model/publish.ts';
import { readChangeRates } from './change-rates.ts';
import { checkImageFolders } from './check-image-folders.ts';
import { findImageBase, type ImageBase } from './image-base.ts';
import { makePackageLayers, makeTopLayer, originsOf } from './image-layers.ts';
import { gatherImagePackages, type ImagePackage, selectPackages } from './image-packages.ts';
import { billFiles, contentsOf, describeContents } from './supply/describe-contents.ts';
import { composeThinTop } from './thin-image.ts';
import { composeTopLayer, type ImageSubject, viewPathOf } from './top-layer.ts';
import type { ImageRelease, ImageSetting } from './with-images.ts';

/** What one image for one platform is made of. */
export interface PlatformRequest {
  readonly image: StackImage;
  readonly release: ImageRelease;
  readonly platform: string;
  readonly maxLayers: number;
  /** False: the base is what images.lock says. */
  readonly updateBase: boolean;
  /** Plan the layers as if there had been no image before. */
  readonly fresh: boolean;
  /** Registries that may have the packages. */
  readonly places: readonly string[];
}

/** What is decided about an image before anything is made. */
export interface PlatformPlan extends PlatformRequest {
  readonly packages: readonly ImagePackage[];
  readonly base: ImageBase;
  readonly demands: BaseDemands;
  readonly groups: LayerGroups;
}

/** Decides what an image for one platform has: its packages, its base, and which packages share a layer.
 * @throws BASE_UNSUITABLE, IMAGE_TOO_LARGE, PACKAGE_NOT_FOUND, PACKAGE_DAMAGED, and what finding the base throws */
export async function planPlatformImage(request: PlatformRequest, setting: ImageSetting): Promise<PlatformPlan> {
  const { image, release, platform, maxLayers } = request;
  const contents = release.release.platforms[platform]!;
  const selected = selectPackages(contents, image.sets, { release: release.release.name, platform });
  const packages = await gatherImagePackages(contents, selected, { setting, places: request.places });
  if (packages.length === 0) {
    throw new FarmError(
      'RELEASE_INVALID',
      `Cannot make the image "${image.name}" for ${platform}: its sets have no packages there`,
    );
  }
  const demands = demandsOf(packages.map(({ facts }) => facts.manifest));
  const base = await findBase(request, demands, setting);
  await checkDemands(demands, base);
  const known = setting.lock.images[image.name]?.[platform];
  const rates = await readChangeRates(setting.workshop.ledger, platform);
  const origins = originsOf(packages, rates, countImages(request, setting));
  const before = request.fresh ? undefined : known?.groups;
  const limits = { layers: maxLayers - base.layers.length - 1 };
  return { ...request, packages, base, demands, groups: planLayers(origins, before, limits) };
}

async function findBase(
  { image, platform, updateBase }: PlatformRequest,
  { libraries }: BaseDemands,
  setting: ImageSetting,
): Promise<ImageBase> {
  const pinned = updateBase ? undefined : setting.lock.bases[image.base];
  const request = {
    reference: image.base,
    platform: imagePlatformOf(parsePlatform(platform).arch),
    libraries: libraries.map(({ name }) => name),
    ...(pinned === undefined ? {} : { pinned }),
  };
  return await findImageBase(request, setting);
}

/** Looks for the distribution's package of a missing library only when one is missing. */
async function checkDemands(demands: BaseDemands, base: ImageBase): Promise<void> {
  const missing = demands.libraries.filter(({ name }) => !base.facts.libraries.has(name)).map(({ name }) => name);
  const owners = missing.length === 0 ? new Map<string, string>() : await findLibraryPackages(missing);
  checkBase(demands, base, (library) => owners.get(library));
}

/** By name, in how many of the farm's images a package is. */
function countImages({ release, platform }: PlatformRequest, { farm }: ImageSetting): ReadonlyMap<string, number> {
  const contents = release.release.platforms[platform]!;
  const counts = new Map<string, number>();
  for (const { sets } of farm.stack.publish.images) {
    if (!sets.every((set) => contents.sets[set] !== undefined)) continue;
    const selected = selectPackages(contents, sets, { release: release.release.name, platform });
    for (const name of new Set([...selected.keys()].map((storeName) => contents.packages[storeName]!.name)))
      counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** What is on top of the packages, or in place of them. */
interface Top {
  readonly entries: readonly LayerEntry[];
  readonly variables: Readonly<Record<string, string>>;
}

/** Makes an image for one platform as it was planned: its layers, and the documents that name them.
 * @throws PACKAGE_DAMAGED, DISK_FULL */
export async function makePlatformImage(
  plan: PlatformPlan,
  form: 'fat' | 'thin',
  setting: ImageSetting,
): Promise<ComposedImage> {
  const { release, platform, base, groups, packages } = plan;
  const { farm } = setting.farm.stack;
  const { name, created } = release.release;
  const subject: ImageSubject = { farm, platform, release: name, created };
  const top: Top =
    form === 'fat'
      ? composeTopLayer(subject, packages, await describe(plan, setting))
      : composeThinTop(subject, setting.farm);
  checkImageFolders(top.entries, base);
  const middle: readonly ImageLayer[] = form === 'fat' ? await makePackageLayers(groups, packages, setting.cache) : [];
  const title = form === 'fat' ? `view of ${farm}/${name} at ${viewPathOf(farm)}` : `link to ${farm}/${name} in /cvmfs`;
  const layers = [...base.layers, ...middle, await makeTopLayer(top.entries, title, setting.cache)];
  refuseTooMany(layers, plan);
  const { arch } = parsePlatform(platform);
  return composeImage({
    platform: imagePlatformOf(arch),
    ...(base.config === undefined ? {} : { base: base.config }),
    layers,
    run: runConfigOf(plan, top.variables),
    annotations: annotationsOf(plan, form, setting),
    created: created.replace(/\.\d+Z$/, 'Z'),
  });
}

/** The bills of materials as files of the image. */
async function describe(plan: PlatformPlan, setting: ImageSetting): Promise<Readonly<Record<string, string>>> {
  return billFiles(await describeContents(await contentsOf(plan, 'fat', setting)));
}

/** A group of packages that cannot be in one layer gives more layers than were planned. */
function refuseTooMany(layers: readonly ImageLayer[], { maxLayers, image }: PlatformPlan): void {
  if (layers.length <= maxLayers) return;
  throw new FarmError(
    'IMAGE_TOO_LARGE',
    `Cannot make the image "${image.name}": it has ${layers.length} layers and may have ${maxLayers}`,
    {
      hint: 'Allow more with --max-layers; Docker runs images of up to 125',
    },
  );
}

const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The base's config with what the set-up scripts would set, and what the stack file says. */
export function runConfigOf(plan: PlatformPlan, variables: Readonly<Record<string, string>>): RunConfig {
  const { image, base, release, platform } = plan;
  const { Entrypoint, Cmd, Labels, ...rest } = base.config?.config ?? {};
  const entrypoint = image.entrypoint ?? Entrypoint;
  // a base's command belongs to its entry point
  const cmd = image.cmd ?? (image.entrypoint === undefined ? (Cmd ?? shellOf(base)) : undefined);
  const labels = {
    ...Labels,
    'org.opencontainers.image.title': image.name,
    'org.opencontainers.image.version': release.release.name,
    [imageAnnotations.platform]: platform,
    ...image.labels,
  };
  return {
    ...rest,
    Env: variablesOf(plan, variables),
    ...(entrypoint === undefined ? {} : { Entrypoint: entrypoint }),
    ...(cmd === undefined ? {} : { Cmd: cmd }),
    Labels: labels,
  };
}

function shellOf({ facts }: ImageBase): readonly string[] | undefined {
  return facts.hasShell ? ['/bin/sh'] : undefined;
}

/** The image's own paths are in front of the base's. */
function variablesOf({ image, base }: PlatformPlan, variables: Readonly<Record<string, string>>): readonly string[] {
  const given = base.config?.config?.Env ?? [];
  const env = new Map(given.map((item) => [item.slice(0, item.indexOf('=')), item.slice(item.indexOf('=') + 1)]));
  if (!env.has('PATH')) env.set('PATH', usualPath);
  for (const [name, value] of Object.entries(variables)) {
    const before = name === 'BINFARM_AREA' ? undefined : env.get(name);
    env.set(name, before === undefined ? value : `${value}:${before}`);
  }
  for (const [name, value] of Object.entries(image.env)) env.set(name, value);
  return [...env].map(([name, value]) => `${name}=${value}`);
}

function annotationsOf(
  { image, base, release, platform }: PlatformPlan,
  form: 'fat' | 'thin',
  { farm }: ImageSetting,
): Readonly<Record<string, string>> {
  return {
    ...releaseAnnotations(image, release, farm.stack.farm),
    [imageAnnotations.platform]: platform,
    [imageAnnotations.form]: form,
    ...(base.digest === undefined
      ? {}
      : { 'org.opencontainers.image.base.name': base.name, 'org.opencontainers.image.base.digest': base.digest }),
  };
}

/** What an index and its manifests say alike. */
export function releaseAnnotations(
  image: StackImage,
  { release, digest }: ImageRelease,
  farm: string,
): Readonly<Record<string, string>> {
  return {
    'org.opencontainers.image.title': image.name,
    'org.opencontainers.image.version': release.name,
    'org.opencontainers.image.created': release.created.replace(/\.\d+Z$/, 'Z'),
    [imageAnnotations.release]: `${farm}/${release.name}`,
    [imageAnnotations.releaseDigest]: digest,
  };
}

/** Refuses an image whose layers have more bytes than it may have.
 * @throws IMAGE_TOO_LARGE */
export function checkSize(
  image: ComposedImage,
  { name, most }: { readonly name: string; readonly most: number | undefined },
): void {
  const bytes = image.layers.reduce((sum, { size }) => sum + size, 0);
  if (most === undefined || bytes <= most) return;
  const largest = image.layers.toSorted((a, b) => b.size - a.size).slice(0, 3);
  throw new FarmError(
    'IMAGE_TOO_LARGE',
    `Cannot make the image "${name}": it has ${formatBytes(bytes)} and may have ${formatBytes(most)}`,
    {
      hint: `The largest layers are ${largest.map(({ title, size }) => `${title.slice(0, 60)} (${formatBytes(size)})`).join(', ')}`,
      details: { bytes, most },
    },
  );
}
