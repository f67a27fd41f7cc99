import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FarmError } from '../core/farm-error.ts';
import type { PackageManifest } from '../model/package-manifest.ts';
import { parsePackageManifest } from '../package/manifest/parse-manifest.ts';
import type { AreaLayout } from './area-layout.ts';

/** Reads the manifest of a package in an area's store.
 * @throws AREA_INVALID when it is missing, PACKAGE_DAMAGED when it cannot be read */
export async function readInstalledManifest(layout: AreaLayout, storeName: string): Promise<PackageManifest> {
  const path = join(layout.store, storeName, '.binfarm', 'package.json');
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new FarmError('AREA_INVALID', `Cannot read "${path}": the package is not whole`, {
      hint: `Remove "${join(layout.store, storeName)}" and install again`,
      cause,
    });
  });
  return parsePackageManifest(bytes);
}
