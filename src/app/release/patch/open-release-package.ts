import { join } from 'node:path';
import type { Binhost } from '../../../binhost/binhost.ts';
import { FarmError } from '../../../core/farm-error.ts';
import { makeFolder } from '../../../core/make-folder.ts';
import { removeFolder } from '../../../core/remove-folder.ts';
import type { PackageManifest } from '../../../model/package-manifest.ts';
import { packedNameOf, type ReleasePackage } from '../../../model/release.ts';
import { openFileSource } from '../../../package/byte-source.ts';
import { type ElfInterface, readInterface } from '../../../package/elf/read-interface.ts';
import { type UnpackRequest, unpackPackage } from '../../../package/unpack-package.ts';
import { readPackageManifest } from '../../../package/verify-package.ts';
import { blamePackage } from '../../build/blame-package.ts';

/** A package of a release, unpacked as it was built. */
export interface OpenPackage {
  readonly manifest: PackageManifest;
  readonly folder: string;
}

/** Unpacks a package of a release as it was built, and removes it when `work` has ended.
 * @param folder where it may lie meanwhile
 * @throws PACKAGE_NOT_FOUND, PACKAGE_DAMAGED, DISK_FULL */
export async function withReleasePackage<Result>(
  item: ReleasePackage,
  { binhost, folder }: { readonly binhost: Binhost; readonly folder: string },
  work: (open: OpenPackage) => Promise<Result> | Result,
): Promise<Result> {
  const into = join(folder, packedNameOf(item));
  await removeFolder(into);
  await makeFolder(folder);
  try {
    const { root } = await readPackageManifest(await openBlobOf(item, binhost));
    const manifest = await unpackReleasePackage(item, binhost, { into, root });
    return await work({ manifest, folder: into });
  } finally {
    await removeFolder(into);
  }
}

/** Unpacks a package of a release, checking that it is the one that the release pins.
 * @throws PACKAGE_NOT_FOUND, PACKAGE_DAMAGED, DISK_FULL */
export async function unpackReleasePackage(
  item: ReleasePackage,
  binhost: Binhost,
  place: Pick<UnpackRequest, 'into' | 'root' | 'names'>,
): Promise<PackageManifest> {
  const { name, digest, size, buildHash } = item;
  return await blamePackage({ name, location: binhost.location }, async () => {
    const expect = { digest, size, buildHash, storeName: packedNameOf(item) };
    return await unpackPackage({ ...place, blob: await openBlobOf(item, binhost), expect, sync: false });
  });
}

/** The bytes of a package of a release.
 * @throws PACKAGE_NOT_FOUND when no binhost has it as the release does */
export async function openBlobOf(item: ReleasePackage, binhost: Binhost): Promise<string | AsyncIterable<Buffer>> {
  const stored = await binhost.find(item);
  if (stored?.digest === item.digest) return binhost.blobPath?.(stored) ?? binhost.openBlob(stored);
  throw new FarmError(
    'PACKAGE_NOT_FOUND',
    `Cannot read package "${item.name}": it is in no binhost as the release has it`,
  );
}

/** The interfaces of a package's programs and libraries, by path. */
export function readInterfaces({ manifest, folder }: OpenPackage): ReadonlyMap<string, ElfInterface> {
  const found = new Map<string, ElfInterface>();
  for (const { path } of manifest.elf) {
    const source = openFileSource(join(folder, path));
    try {
      const elf = readInterface(source);
      if (elf !== undefined) found.set(path, elf);
    } finally {
      source.close();
    }
  }
  return found;
}
