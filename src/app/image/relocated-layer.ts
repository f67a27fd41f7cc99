import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../../core/digest.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import { keepLayer, type MadeLayer } from '../../image/oci/layer-cache.ts';
import { listTree } from '../../image/oci/list-tree.ts';
import { type LayerEntry, layerStyle, writeTreeLayer } from '../../image/oci/write-tree-layer.ts';
import { packedNameOf } from '../../model/release.ts';
import { unpackPackage } from '../../package/unpack-package.ts';
import type { ImagePackage } from './image-packages.ts';

/** Makes the layer of a package that a patched release uses beside others than it was built with: names of folders in the store are other ones in its files, so its blob cannot be used as it is. It is unpacked
 * and packed anew, once for the same names.
 * @throws PACKAGE_DAMAGED, DISK_FULL */
export async function makeRelocatedLayer(
  { item, storeName, origin, facts }: ImagePackage,
  cache: string,
): Promise<MadeLayer> {
  const { renames = {}, digest, size, buildHash } = item;
  const { root } = facts.manifest;
  const key = digestOf(formatCanonicalJson({ relocated: 1, digest, renames, storeName, style: layerStyle }));
  return await keepLayer(cache, key, async (file, folder) => {
    const into = join(folder, 'package');
    const expect = { digest, size, buildHash, storeName: packedNameOf(item) };
    await origin.withFile((blob) => unpackPackage({ blob, expect, into, root, names: renames, sync: false }));
    const place = `${root.slice(1)}/store/${storeName}`;
    const modeOf = (_: string, stats: Stats) => stats.mode & 0o777;
    const top: LayerEntry = { path: place, type: 'directory', mode: 0o755 };
    return await writeTreeLayer(file, [top, ...(await listTree(into, { place, modeOf }))]);
  });
}
