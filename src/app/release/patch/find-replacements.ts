import { FarmError } from '../../../core/farm-error.ts';
import { mapLimit } from '../../../core/map-limit.ts';
import { nearestName } from '../../../model/did-you-mean.ts';
import { packedNameOf, type Release, type ReleasePackage, type ReleasePlatform } from '../../../model/release.ts';
import type { PackageFinder } from '../../build/find-package.ts';
import type { EvaluatedStack } from '../../stack/evaluate-stack.ts';
import { type BuildableNode, isBuildable, runClosureOf } from '../../stack/farm-node.ts';
import { describePackage, readFacts } from '../compose-release.ts';
import type { Replacement } from './substitute-packages.ts';

/** What is to be replaced on one platform of a release. */
export interface PlatformReplacements {
  readonly replacements: readonly Replacement[];
  /** What new packages need and the release does not have, by the names it was packed under. */
  readonly extra: Readonly<Record<string, ReleasePackage>>;
}

/** Finds the new builds of packages of a release, for every platform of it that has one of another build.
 * @throws PACKAGE_NOT_FOUND when the release or the stack has no such package, or it is not built; PATCH_REFUSED when nothing is new, or something new was built with another build of something
 * than the release has */
export async function findReplacements(
  release: Release,
  names: readonly string[],
  { stack, finder }: { readonly stack: EvaluatedStack; readonly finder: PackageFinder },
): Promise<ReadonlyMap<string, PlatformReplacements>> {
  for (const name of names) refuseUnknown(release, name);
  const found = new Map<string, PlatformReplacements>();
  for (const [platformName, platform] of Object.entries(release.platforms)) {
    const nodes = names.flatMap((name) => findNode(name, { platformName, platform, stack }) ?? []);
    if (nodes.length > 0) found.set(platformName, await describeNew(nodes, platform, finder));
  }
  if (found.size > 0) return found;
  throw new FarmError(
    'PATCH_REFUSED',
    `Cannot patch release "${release.name}": it has ${names.join(', ')} just as built`,
    {
      hint: `Change the recipe, then type: binfarm build ${names.join(' ')}`,
    },
  );
}

function refuseUnknown({ name: release, platforms }: Release, name: string): void {
  const known = Object.values(platforms).flatMap(({ packages }) => Object.values(packages).map((item) => item.name));
  if (known.some((one) => one === name)) return;
  const near = nearestName(name, known);
  throw new FarmError('PACKAGE_NOT_FOUND', `Cannot replace "${name}" in release "${release}": it has no such package`, {
    ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
  });
}

/** The stack's node of a package, undefined where the release has none of the name or has just this build. */
function findNode(
  name: string,
  {
    platformName,
    platform,
    stack,
  }: { readonly platformName: string; readonly platform: ReleasePlatform; readonly stack: EvaluatedStack },
): BuildableNode | undefined {
  const old = Object.values(platform.packages).filter((item) => item.name === name);
  if (old.length === 0) return undefined;
  const roots = [...stack.sets.values()].flat().filter((node) => node.platformName === platformName);
  const used = [...roots, ...roots.flatMap(runClosureOf)].filter(isBuildable);
  const node = used.find(({ locked }) => locked.name === name);
  if (node === undefined) {
    throw new FarmError(
      'PACKAGE_NOT_FOUND',
      `Cannot replace "${name}" for ${platformName}: the stack does not have it`,
      {
        hint: 'Put it, and the platform, back into binfarm.yaml',
      },
    );
  }
  return old.every(({ buildHash }) => buildHash === node.built.buildHash) ? undefined : node;
}

async function describeNew(
  nodes: readonly BuildableNode[],
  platform: ReleasePlatform,
  finder: PackageFinder,
): Promise<PlatformReplacements> {
  const needed = new Map([...nodes, ...nodes.flatMap(runClosureOf)].map((node) => [node.built.storeName, node]));
  const facts = new Map(
    await mapLimit(needed, 4, async ([storeName, node]) => [storeName, await readBuilt(node, finder)] as const),
  );
  const packed = new Set(Object.values(platform.packages).map(packedNameOf));
  const extra: Record<string, ReleasePackage> = {};
  const itemOf = (node: BuildableNode) => describePackage(node, facts.get(node.built.storeName)!, facts);
  for (const [storeName, node] of needed) {
    if (nodes.includes(node) || packed.has(storeName)) continue;
    refuseOtherBuild(node, nodes, platform);
    extra[storeName] = itemOf(node);
  }
  const replacements = nodes.map((node) => ({ old: oldNamesOf(node, platform), item: itemOf(node) }));
  return { replacements, extra };
}

async function readBuilt(node: BuildableNode, finder: PackageFinder) {
  return await readFacts(node, finder).catch((cause: unknown) => {
    if (!(cause instanceof FarmError) || cause.code !== 'PACKAGE_NOT_FOUND') throw cause;
    throw new FarmError('PACKAGE_NOT_FOUND', `Cannot put "${node.key}" into a release: it is not built yet`, {
      hint: `binfarm build ${node.locked.name}`,
      cause,
    });
  });
}

function oldNamesOf({ locked, built }: BuildableNode, { packages }: ReleasePlatform): string[] {
  return Object.entries(packages)
    .filter(([, item]) => item.name === locked.name && item.buildHash !== built.buildHash)
    .map(([storeName]) => storeName);
}

/** A new package runs with what it was built with; where the release has another build of that, two of them would meet in one program. */
function refuseOtherBuild(
  { locked }: BuildableNode,
  asked: readonly BuildableNode[],
  { packages }: ReleasePlatform,
): void {
  const other = Object.values(packages).find(({ name }) => name === locked.name);
  if (other === undefined) return;
  const names = asked.map((node) => node.locked.name).join(', ');
  throw new FarmError(
    'PATCH_REFUSED',
    `Cannot put the new ${names} into the release: built with ${locked.name} ${locked.version}, of which the release has another build`,
    { hint: `Name ${locked.name} too, or build with the recipes that the release was built with` },
  );
}
