import { mapLimit } from '../../core/map-limit.ts';
import type { PackageManifest } from '../../model/package-manifest.ts';
import { readPackageManifest } from '../../package/verify-package.ts';
import type { PackageFinder } from '../build/find-package.ts';
import { withBuiltPackages } from '../build/with-built-packages.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { type BuildableNode, runClosureOf } from '../stack/farm-node.ts';

/** How many files of a package carry the root, and in how many places. */
export interface RootCarriers {
  readonly files: number;
  readonly places: number;
}

/** Whether a package can be installed at another path, and why not. */
export interface RelocatableVerdict {
  readonly name: string;
  readonly version: string;
  readonly platform: string;
  readonly storeName: string;
  /** The package by itself. */
  readonly relocatable: boolean;
  /** Together with all that it needs to run: what a user installs. */
  readonly closureRelocatable: boolean;
  /** Files that carry the root where it cannot be changed. */
  readonly reasons: PackageManifest['notRelocatable'];
  /** Store names of what it needs and that cannot be moved. */
  readonly heldBy: readonly string[];
  /** What an installation changes. */
  readonly carriers: Readonly<Record<'text' | 'binary' | 'symlink', RootCarriers>>;
}

/** Which packages can be moved. */
export interface RelocatableReport {
  readonly packages: readonly RelocatableVerdict[];
  /** Of the packages: those that can be moved with all that they need. */
  readonly relocatableClosures: number;
  /** The longest path, in bytes, that they can be installed at. */
  readonly longestPath: number;
  /** Keys of packages that are not built, so that nothing is known of them; their users count as if these could be moved. */
  readonly notBuilt: readonly string[];
}

/** Tells of built packages, and of all that they need, whether they can be installed at any path. Reads their metadata only, which was made when they were packed.
 * @throws RECIPE_UNKNOWN for a name that the stack does not have */
export async function showRelocatable(
  request: { readonly farm: string; readonly names: readonly string[] },
  context: AppContext,
): Promise<RelocatableReport> {
  return await withBuiltPackages(request, context, async ({ nodes, finder, farm }) => {
    const manifests = await readManifests(nodes, finder);
    const packages = nodes.flatMap((node) => {
      const manifest = manifests.get(node.key);
      return manifest === undefined ? [] : [judge(node, manifest, manifests)];
    });
    return {
      packages,
      relocatableClosures: packages.filter(({ closureRelocatable }) => closureRelocatable).length,
      longestPath: farm.root.length,
      notBuilt: nodes.filter(({ key }) => !manifests.has(key)).map(({ key }) => key),
    };
  });
}

async function readManifests(
  nodes: readonly BuildableNode[],
  finder: PackageFinder,
): Promise<ReadonlyMap<string, PackageManifest>> {
  const found = await mapLimit(nodes, 4, async (node) => {
    const stored = await finder.find(node);
    return stored === undefined ? [] : [[node.key, await readPackageManifest(finder.open(stored))] as const];
  });
  return new Map(found.flat());
}

function judge(
  node: BuildableNode,
  manifest: PackageManifest,
  manifests: ReadonlyMap<string, PackageManifest>,
): RelocatableVerdict {
  const isHeld = (item: PackageManifest | undefined) => item !== undefined && item.notRelocatable.length > 0;
  const heldBy = runClosureOf(node)
    .filter(({ key }) => isHeld(manifests.get(key)))
    .map(({ built }) => built.storeName)
    .sort();
  const relocatable = !isHeld(manifest);
  return {
    name: manifest.name,
    version: manifest.version,
    platform: manifest.platform,
    storeName: manifest.storeName,
    relocatable,
    closureRelocatable: relocatable && heldBy.length === 0,
    reasons: manifest.notRelocatable,
    heldBy,
    carriers: {
      text: countCarriers(manifest, 'text'),
      binary: countCarriers(manifest, 'binary'),
      symlink: countCarriers(manifest, 'symlink'),
    },
  };
}

function countCarriers({ relocations }: PackageManifest, kind: 'text' | 'binary' | 'symlink'): RootCarriers {
  const own = relocations.filter((relocation) => relocation.kind === kind);
  return { files: own.length, places: own.reduce((sum, { offsets }) => sum + offsets.length, 0) };
}
