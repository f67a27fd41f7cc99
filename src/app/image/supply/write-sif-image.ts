import { resolve } from 'node:path';
import { FarmError } from '../../../core/farm-error.ts';
import { entriesLayer } from '../../../image/layers/entries-layer.ts';
import { packageLayer } from '../../../image/layers/package-layer.ts';
import { tarLayer } from '../../../image/layers/tar-layer.ts';
import type { ImageLayer } from '../../../image/oci/image-layer.ts';
import type { RunConfig } from '../../../image/oci/image-types.ts';
import type { RootLayer, RootTree } from '../../../image/root-tree.ts';
import { writeSif } from '../../../image/sif/write-sif.ts';
import { parsePlatform } from '../../../model/platform.ts';
import { readFarmKey } from '../../farm/farm-keys.ts';
import type { AppContext } from '../../farm/open-farm.ts';
import { checkImageFolders } from '../check-image-folders.ts';
import type { ImagePackage } from '../image-packages.ts';
import { type PlatformPlan, planPlatformImage, runConfigOf } from '../make-platform-image.ts';
import { makeRelocatedLayer } from '../relocated-layer.ts';
import { composeTopLayer } from '../top-layer.ts';
import { choosePlatforms, findImageRelease, findStackImage, type ImageSetting, withImages } from '../with-images.ts';
import { billFiles, contentsOf, describeContents } from './describe-contents.ts';

/** Which image is to be one file. */
export interface SifImageRequest {
  readonly farm: string;
  /** As the stack file names it; may be absent where it describes only one. */
  readonly name?: string;
  /** A release, or a channel for the one that it leads to. */
  readonly release: string;
  /** The one that this machine can run, where the release has several and this is absent. */
  readonly platform?: string;
  readonly output: string;
  readonly sign: boolean;
  /** False: the base is what images.lock says. */
  readonly updateBase: boolean;
  /** What paths are relative to. */
  readonly folder: string;
  readonly dryRun: boolean;
}

/** A SIF file that was written, or would be. */
export interface SifImage {
  readonly image: string;
  readonly release: string;
  readonly platform: string;
  readonly path: string;
  readonly packages: number;
  /** Id of the key that has signed it. */
  readonly signedBy?: string;
  /** Of the file, in bytes; absent in a dry run. */
  readonly size?: number;
  /** Files, folders and links in it; absent in a dry run. */
  readonly inodes?: number;
}

/** Writes an image of a release as one file for apptainer: the packages, the base and the view of the OCI image, without unpacking anything. The same release and images.lock give the same file, which appears
 * under its name only when it is whole.
 * @throws what `planPlatformImage` throws; IMAGE_NOT_FOUND, RELEASE_NOT_FOUND, RELEASE_WITHDRAWN, PLATFORM_INVALID, KEY_INVALID, DISK_FULL, PERMISSION_DENIED */
export async function writeSifImage(request: SifImageRequest, context: AppContext): Promise<SifImage> {
  return await withImages(request.farm, context, async (setting) => {
    const image = findStackImage(setting.farm, request.name);
    const release = await findImageRelease(request.release, setting);
    const asked = request.platform === undefined ? [] : [request.platform];
    const platform = pickPlatform(choosePlatforms(release.release, image, asked));
    const { updateBase } = request;
    const common = { image, release, platform, maxLayers: Number.MAX_SAFE_INTEGER, updateBase };
    const plan = await planPlatformImage({ ...common, fresh: false, places: [] }, setting);
    const key = request.sign ? await readFarmKey(setting.farm) : undefined;
    const path = resolve(request.folder, request.output);
    const result = {
      image: image.name,
      release: release.release.name,
      platform,
      path,
      packages: plan.packages.length,
      ...(key === undefined ? {} : { signedBy: key.id }),
    };
    if (request.dryRun) return result;
    const sif = await makeSif(plan, path, { key, setting });
    context.emit({ type: 'image.sifWritten', image: image.name, path, bytes: sif.size });
    return { ...result, size: sif.size, inodes: sif.inodes };
  });
}

/** A SIF file is for one platform. */
function pickPlatform(platforms: readonly string[]): string {
  const own = { x64: 'x86_64', arm64: 'aarch64' }[process.arch as string] ?? process.arch;
  const fitting = platforms.filter((platform) => parsePlatform(platform).arch === own);
  const [only] = platforms.length === 1 ? platforms : fitting;
  if (only !== undefined && (platforms.length === 1 || fitting.length === 1)) return only;
  throw new FarmError('PLATFORM_INVALID', 'Cannot tell which platform the SIF file is for: the image has several', {
    hint: `Choose one with --platform: ${platforms.join(', ')}`,
  });
}

async function makeSif(
  plan: PlatformPlan,
  path: string,
  {
    key,
    setting,
  }: { readonly key: Awaited<ReturnType<typeof readFarmKey>> | undefined; readonly setting: ImageSetting },
): Promise<Awaited<ReturnType<typeof writeSif>>> {
  const { image, release, platform, packages, base } = plan;
  const { farm } = setting.farm.stack;
  const { name, created } = release.release;
  const bills = await describeContents(await contentsOf(plan, 'fat', setting));
  const top = composeTopLayer({ farm, platform, release: name, created }, packages, billFiles(bills));
  checkImageFolders(top.entries, base);
  const run = runConfigOf(plan, top.variables);
  const { emit, signal } = setting.context;
  emit({ type: 'image.fileSystemStarted', image: image.name, path });
  return await withLayers(base.layers, packages, setting.cache, async (below) => {
    const tree: RootTree = [...below, entriesLayer(`the view of ${farm}/${name}`, top.entries)];
    return await writeSif(path, {
      tree,
      architecture: parsePlatform(platform).arch,
      time: Math.floor(Date.parse(created) / 1000),
      definition: definitionOf(plan, farm),
      labels: run.Labels ?? {},
      environment: environmentOf(run),
      entrypoint: run.Entrypoint ?? [],
      command: run.Cmd ?? [],
      ociConfig: run,
      bills: [
        { format: 'spdx', name: 'sbom.spdx.json', text: bills.spdx },
        { format: 'cyclonedx', name: 'sbom.cdx.json', text: bills.cyclonedx },
      ],
      signal,
      onFile: growthOf(path, setting.context),
      ...(key === undefined ? {} : { key }),
    });
  });
}

/** Tells how far it is, not more often than somebody can see. */
function growthOf(path: string, { emit }: AppContext): (files: number, bytes: number) => void {
  let told = 0;
  return (files, bytes) => {
    if (bytes - told < 16 << 20) return;
    told = bytes;
    emit({ type: 'image.fileSystemGrew', path, files, bytes });
  };
}

/** Has the base's layers and the packages as files at the same time. */
async function withLayers<Result>(
  base: readonly ImageLayer[],
  packages: readonly ImagePackage[],
  cache: string,
  use: (tree: RootTree) => Promise<Result>,
): Promise<Result> {
  const blobs = [...base, ...packages.map(({ origin }) => origin)];
  return await withFiles(blobs, [], async (paths) => {
    const lower = base.map(({ title, digest }, index) => tarLayer(title, paths[index]!, { digest }));
    const upper: RootLayer[] = [];
    for (const [index, item] of packages.entries()) upper.push(await layerOf(item, paths[base.length + index]!, cache));
    return await use([...lower, ...upper]);
  });
}

async function withFiles<Result>(
  blobs: readonly Pick<ImageLayer, 'withFile'>[],
  paths: readonly string[],
  use: (paths: readonly string[]) => Promise<Result>,
): Promise<Result> {
  const next = blobs[paths.length];
  if (next === undefined) return await use(paths);
  return await next.withFile((path) => withFiles(blobs, [...paths, path], use));
}

/** A package that a patched release uses beside others than it was built with is packed anew first. */
async function layerOf(item: ImagePackage, path: string, cache: string): Promise<RootLayer> {
  const { item: about, storeName } = item;
  if (about.renames === undefined) return packageLayer(storeName, path, { digest: about.digest, size: about.size });
  const made = await makeRelocatedLayer(item, cache);
  return tarLayer(storeName, made.path, { digest: made.digest });
}

function environmentOf({ Env = [] }: RunConfig): Readonly<Record<string, string>> {
  return Object.fromEntries(Env.map((item) => [item.slice(0, item.indexOf('=')), item.slice(item.indexOf('=') + 1)]));
}

/** Says how the image was made, where a definition file of apptainer would; it is for people. */
function definitionOf({ image, release, platform, base }: PlatformPlan, farm: string): string {
  const digest = base.digest === undefined ? '' : ` (${base.digest})`;
  return [
    'Bootstrap: binfarm',
    `From: ${farm}/${release.release.name}`,
    '',
    `# Image ${image.name} for ${platform}, of the release with the digest ${release.digest}.`,
    `# Sets: ${image.sets.join(', ')}. Base: ${base.name}${digest}.`,
    `# binfarm image sif ${image.name} --release ${release.release.name} --platform ${platform}`,
    '',
  ].join('\n');
}
