import type { Digest } from '../core/digest-text.ts';
import type { PackageManifest, PackageRelocation } from '../model/package-manifest.ts';
import type { LayerFacts } from './archive/check-layer-tail.ts';
import { driveReader, driveStart, type ExpectedBlob, type PackageSource } from './archive/drive-reader.ts';
import { type PackageVisitor, readFrames, readMetadata } from './archive/read-frames.ts';
import { parsePackageManifest } from './manifest/parse-manifest.ts';
import { createFileRelocator, createRootChange, type FileRelocator } from './relocate/relocate-file.ts';

/** A package of which every digest was computed anew. */
export interface VerifiedPackage {
  readonly manifest: PackageManifest;
  /** Of the blob. */
  readonly digest: Digest;
  /** Of the blob, in bytes. */
  readonly size: number;
  /** The digest of the uncompressed tar. */
  readonly diffId: Digest;
  /** For the descriptor of the blob as an OCI layer. */
  readonly annotations: LayerFacts['annotations'];
}

/** Reads a whole package and computes every digest anew: blob, tar, files, table of contents, tar-split, footer; the root must be where the relocation table says. Writes nothing; a visitor sees what is in it.
 * @throws PACKAGE_DAMAGED, PACKAGE_NOT_FOUND */
export async function verifyPackage(
  source: PackageSource,
  expect: ExpectedBlob = {},
  visitor: PackageVisitor = {},
): Promise<VerifiedPackage> {
  const { result, digest, size } = await driveReader(source, readFrames(withRootCheck(visitor)), {
    ...expect,
    tail: 'refused',
  });
  return { manifest: result.manifest, digest, size, ...(result.layer as LayerFacts) };
}

/** Has every occurrence of the root looked up that the relocation table names: relocating to the same root changes nothing. */
function withRootCheck(visitor: PackageVisitor): PackageVisitor {
  let relocations: ReadonlyMap<string, PackageRelocation> = new Map();
  let change = createRootChange('', '');
  let relocator: FileRelocator | undefined;
  return {
    ...visitor,
    manifest: (manifest, start) => {
      relocations = new Map(manifest.relocations.map((relocation) => [relocation.path, relocation]));
      change = createRootChange(manifest.root, manifest.root);
      visitor.manifest?.(manifest, start);
    },
    content: (entry, offset, bytes, frame) => {
      const relocation = relocations.get(entry.path);
      if (offset === 0) relocator = relocation && createFileRelocator(relocation, change);
      relocator?.push(bytes);
      visitor.content?.(entry, offset, bytes, frame);
    },
  };
}

/** Reads the manifest of a package from its first bytes; the rest is neither read nor checked.
 * @throws PACKAGE_DAMAGED, PACKAGE_NOT_FOUND */
export async function readPackageManifest(source: PackageSource): Promise<PackageManifest> {
  return (await driveStart(source, readMetadata(parsePackageManifest))).manifest;
}
