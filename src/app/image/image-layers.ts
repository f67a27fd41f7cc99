import { digestOf } from '../../core/digest.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import type { ImageLayer } from '../../image/oci/image-layer.ts';
import type { BlobOrigin } from '../../image/oci/image-place.ts';
import { imageTypes } from '../../image/oci/image-types.ts';
import { fileOrigin, keepLayer, type MadeLayer } from '../../image/oci/layer-cache.ts';
import { type GroupPart, writeGroupLayer } from '../../image/oci/write-group-layer.ts';
import { type LayerEntry, layerStyle, writeTreeLayer } from '../../image/oci/write-tree-layer.ts';
import type { LayerGroups, PlannedOrigin } from '../../image/plan/plan-layers.ts';
import { packageTime } from '../../package/archive/tar-header.ts';
import type { ImagePackage } from './image-packages.ts';
import { makeRelocatedLayer } from './relocated-layer.ts';

/** What a layer plan is made over: the packages of an image by name.
 * @param rates by name, the share of rounds in which a package changed
 * @param images by name, how many of the farm's images have it */
export function originsOf(
  packages: readonly ImagePackage[],
  rates: ReadonlyMap<string, number>,
  images: ReadonlyMap<string, number>,
): readonly PlannedOrigin[] {
  const users = new Map<string, number>();
  const nameOf = new Map(packages.map(({ storeName, item }) => [storeName, item.name]));
  for (const { item } of packages) {
    for (const need of new Set(item.needs.map((storeName) => nameOf.get(storeName)!)))
      users.set(need, (users.get(need) ?? 0) + 1);
  }
  return [...Map.groupBy(packages, ({ item }) => item.name)].map(([name, all]) => ({
    name,
    size: all.reduce((sum, { item }) => sum + item.size, 0),
    changeRate: rates.get(name) ?? 0,
    users: (users.get(name) ?? 0) + (images.get(name) ?? 1) - 1,
    isAlone: all.length === 1 && !canBeGrouped(all[0]!),
  }));
}

/** A package that was packed with a time of its own, or has to be packed anew, cannot lie in one layer with others. */
function canBeGrouped({ item, facts }: ImagePackage): boolean {
  return item.renames === undefined && facts.time === packageTime;
}

/** Makes the layers that a plan says: a package's blob as it is where it is alone, otherwise one of several, kept in the cache.
 * @throws PACKAGE_DAMAGED, DISK_FULL */
export async function makePackageLayers(
  groups: LayerGroups,
  packages: readonly ImagePackage[],
  cache: string,
): Promise<readonly ImageLayer[]> {
  const layers: ImageLayer[] = [];
  for (const group of groups) {
    const members = packages.filter(({ item }) => group.includes(item.name));
    const [grouped, alone] = [members.filter(canBeGrouped), members.filter((item) => !canBeGrouped(item))];
    for (const item of alone) layers.push(await aloneLayer(item, cache));
    if (grouped.length === 1) layers.push(packageLayerOf(grouped[0]!));
    else if (grouped.length > 1) layers.push(await groupLayer(grouped, cache));
  }
  return layers;
}

function packageLayerOf({ origin, item, facts, storeName }: ImagePackage): ImageLayer {
  const { annotations } = facts;
  return {
    ...origin,
    kind: 'package',
    mediaType: imageTypes.zstdLayer,
    diffId: item.diffId,
    annotations,
    title: `${item.name} ${item.version}`,
    packages: [storeName],
    origins: [item.name],
  };
}

async function aloneLayer(item: ImagePackage, cache: string): Promise<ImageLayer> {
  if (item.item.renames === undefined) return packageLayerOf(item);
  const made = await makeRelocatedLayer(item, cache);
  return madeLayer(made, {
    kind: 'relocated',
    title: `${item.item.name} ${item.item.version}`,
    packages: [item.storeName],
    origins: [item.item.name],
  });
}

/** What a group of packages is kept under in the cache. */
export function groupKeyOf(packages: readonly ImagePackage[]): ReturnType<typeof digestOf> {
  return digestOf(
    formatCanonicalJson({ group: 1, style: layerStyle, packages: packages.map(({ item }) => item.digest) }),
  );
}

async function groupLayer(packages: readonly ImagePackage[], cache: string): Promise<ImageLayer> {
  const made = await keepLayer(cache, groupKeyOf(packages), (file) =>
    withParts(packages, [], (parts) => writeGroupLayer(file, parts)),
  );
  const title = packages.map(({ item }) => `${item.name} ${item.version}`).join(', ');
  return madeLayer(made, {
    kind: 'group',
    title,
    packages: packages.map(({ storeName }) => storeName),
    origins: [...new Set(packages.map(({ item }) => item.name))],
  });
}

/** Has the blobs of several packages as files. */
async function withParts<Result>(
  packages: readonly ImagePackage[],
  parts: readonly GroupPart[],
  use: (parts: readonly GroupPart[]) => Promise<Result>,
): Promise<Result> {
  const next = packages[parts.length];
  if (next === undefined) return await use(parts);
  const { origin, facts } = next;
  return await (origin satisfies BlobOrigin).withFile((path) =>
    withParts(packages, [...parts, { path, digest: origin.digest, size: origin.size, facts }], use),
  );
}

/** Makes the layer of an image that only it has. */
export async function makeTopLayer(entries: readonly LayerEntry[], title: string, cache: string): Promise<ImageLayer> {
  const described = entries.map((entry) =>
    entry.type === 'file' && Buffer.isBuffer(entry.content) ? { ...entry, content: digestOf(entry.content) } : entry,
  );
  const key = digestOf(formatCanonicalJson({ top: 1, style: layerStyle, entries: described }));
  return madeLayer(await keepLayer(cache, key, (file) => writeTreeLayer(file, entries)), {
    kind: 'top',
    title,
    packages: [],
    origins: [],
  });
}

function madeLayer(made: MadeLayer, about: Pick<ImageLayer, 'kind' | 'title' | 'packages' | 'origins'>): ImageLayer {
  const { path, diffId, annotations } = made;
  return { ...fileOrigin(path, made), ...about, mediaType: imageTypes.zstdLayer, diffId, annotations };
}
