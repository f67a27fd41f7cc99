import { FarmError } from '../../core/farm-error.ts';
import { mapLimit } from '../../core/map-limit.ts';
import type { PackageManifest } from '../../model/package-manifest.ts';
import type { Release, ReleaseName, ReleasePackage, ReleasePlatform } from '../../model/release.ts';
import { compareVersions, parseVersion } from '../../model/version.ts';
import { readPackageManifest } from '../../package/verify-package.ts';
import type { PackageFinder } from '../build/find-package.ts';
import type { Farm } from '../farm/open-farm.ts';
import type { EvaluatedStack } from '../stack/evaluate-stack.ts';
import { type BuildableNode, isBuildable, runClosureOf } from '../stack/farm-node.ts';
import { compareReleases } from './compare-releases.ts';

/** What a release is made of beside the stack. */
export interface ReleaseDraft {
  readonly name: ReleaseName;
  /** ISO 8601. */
  readonly created: string;
  readonly notes: string;
  /** The release that the changes are told against. */
  readonly before?: Release;
  /** The release that this one is layered on, with the digest of its document. */
  readonly base?: {
    readonly release: Release;
    readonly digest: Release['platforms'][string]['packages'][string]['digest'];
  };
}

/** Lists what a built stack has, for every platform, as a release; nothing is written.
 * @throws PACKAGE_NOT_FOUND when something of the stack is not built, and what the finder throws */
export async function composeRelease(
  farm: Farm,
  stack: EvaluatedStack,
  draft: ReleaseDraft,
  finder: PackageFinder,
): Promise<Release> {
  const platforms: Record<string, ReleasePlatform> = {};
  for (const [platform, sets] of setsByPlatform(stack)) {
    const own = await composePlatform(sets, farm.root.length, finder);
    platforms[platform] = layer(draft.base?.release.platforms[platform], own);
  }
  for (const [platform, below] of Object.entries(draft.base?.release.platforms ?? {})) platforms[platform] ??= below;
  const against = draft.before === undefined ? {} : { against: draft.before.name };
  return {
    type: 'release',
    format: 'binfarm.release/1',
    farm: farm.stack.farm,
    name: draft.name,
    created: draft.created,
    ...(draft.base === undefined ? {} : { base: { name: draft.base.release.name, digest: draft.base.digest } }),
    notes: draft.notes,
    changes: { ...against, ...mutable(compareReleases(draft.before, { platforms })) },
    platforms,
  };
}

function mutable(
  changes: ReturnType<typeof compareReleases>,
): Pick<Release['changes'], 'added' | 'removed' | 'updated'> {
  return { added: [...changes.added], removed: [...changes.removed], updated: [...changes.updated] };
}

function setsByPlatform(stack: EvaluatedStack): Map<string, Map<string, BuildableNode[]>> {
  const platforms = new Map<string, Map<string, BuildableNode[]>>();
  for (const [set, roots] of stack.sets) {
    for (const node of roots.filter(isBuildable)) {
      const sets = platforms.get(node.platformName) ?? new Map<string, BuildableNode[]>();
      platforms.set(node.platformName, sets.set(set, [...(sets.get(set) ?? []), node]));
    }
  }
  return platforms;
}

async function composePlatform(
  sets: ReadonlyMap<string, readonly BuildableNode[]>,
  rootLength: number,
  finder: PackageFinder,
): Promise<ReleasePlatform> {
  const roots = [...sets.values()].flat();
  const nodes = new Map([...roots, ...roots.flatMap(runClosureOf)].map((node) => [node.built.storeName, node]));
  const found = await mapLimit(
    [...nodes].sort(),
    4,
    async ([storeName, node]) => [storeName, await readFacts(node, finder)] as const,
  );
  const facts = new Map(found);
  const packages = found.map(
    ([storeName, own]) => [storeName, describePackage(nodes.get(storeName)!, own, facts)] as const,
  );
  return {
    rootLength,
    sets: Object.fromEntries([...sets].map(([set, list]) => [set, list.map(({ built }) => built.storeName).sort()])),
    packages: Object.fromEntries(packages),
  };
}

/** What is known of a built package: where it is, and what it says of itself. */
export interface PackageFacts {
  readonly stored: NonNullable<Awaited<ReturnType<PackageFinder['find']>>>;
  readonly manifest: PackageManifest;
}

/** Finds a built package and reads what it says of itself.
 * @throws PACKAGE_NOT_FOUND when it is in no binhost, and what the finder throws */
export async function readFacts(node: BuildableNode, finder: PackageFinder): Promise<PackageFacts> {
  const stored = await finder.find(node);
  if (stored !== undefined) return { stored, manifest: await readPackageManifest(finder.open(stored)) };
  throw new FarmError('PACKAGE_NOT_FOUND', `Cannot release "${node.key}": it is in no binhost`, {
    hint: 'binfarm build',
  });
}

/** A package as a release lists it.
 * @param facts of all that it needs to run, by store name */
export function describePackage(
  node: BuildableNode,
  { stored, manifest }: PackageFacts,
  facts: ReadonlyMap<string, PackageFacts>,
): ReleasePackage {
  const needs = runClosureOf(node)
    .map(({ built }) => built.storeName)
    .sort();
  const manifests = [manifest, ...needs.map((need) => facts.get(need)!.manifest)];
  const glibc = newestGlibc(manifests);
  return {
    name: node.locked.name,
    version: node.locked.version,
    variants: Object.fromEntries(
      Object.entries(node.locked.variants).map(([key, value]) => [key, typeof value === 'object' ? [...value] : value]),
    ),
    buildHash: node.built.buildHash,
    digest: stored.digest,
    size: stored.size,
    diffId: stored.diffId,
    needs,
    license: manifest.license,
    ...(glibc === undefined ? {} : { glibc }),
    relocatable: manifests.every(({ notRelocatable }) => notRelocatable.length === 0),
  };
}

function newestGlibc(manifests: readonly PackageManifest[]): string | undefined {
  const versions = manifests.flatMap(({ elf }) =>
    elf.flatMap(({ glibc }) => (glibc === undefined ? [] : [parseVersion(glibc)])),
  );
  return versions.sort(compareVersions).at(-1);
}

/** What is below, with sets of the same name replaced, and only those packages that a set still reaches. */
function layer(below: ReleasePlatform | undefined, own: ReleasePlatform): ReleasePlatform {
  if (below === undefined) return own;
  const sets = { ...below.sets, ...own.sets };
  const packages = { ...below.packages, ...own.packages };
  const reached = new Set(
    Object.values(sets)
      .flat()
      .flatMap((item) => [item, ...(packages[item]?.needs ?? [])]),
  );
  return {
    rootLength: Math.min(below.rootLength, own.rootLength),
    sets,
    packages: Object.fromEntries(
      Object.entries(packages)
        .filter(([storeName]) => reached.has(storeName))
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  };
}
