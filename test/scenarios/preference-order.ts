import type { LockedPackage, LockedPlatform } from '../../src/model/lock.ts';
import type { PackageName } from '../../src/model/names.ts';
import type { RecipeMetadata } from '../../src/model/recipe.ts';
import { compareVersions, type Version } from '../../src/model/version.ts';
import { includesVersion, isAnyVersion } from '../../src/model/version-range.ts';
import type { SolveRequest } from '../../src/solve/solve-types.ts';
import { SolutionView } from './solution-view.ts';

/** The versions of a recipe in the order of preference. */
export function versionOrder(request: SolveRequest, name: PackageName): { version: Version; tier: number }[] {
  const wishes = request.prefer.filter((rule) => rule.name === name && !isAnyVersion(rule.spec.versions));
  const versions = (request.recipe(name)?.versions ?? []).map(({ version, preferred, deprecated }) => {
    const wished = wishes.some(({ spec }) => includesVersion(spec.versions, version));
    const tier = deprecated ? 2 : !wished && /^[a-z]/.test(version) ? 1 : 0;
    return { version, tier, rank: wished ? 0 : preferred ? 1 : 2 };
  });
  return versions.sort((a, b) => a.tier - b.tier || a.rank - b.rank || compareVersions(b.version, a.version));
}

/** The provider of each virtual that is needed, and all that there are in the order of preference, externals first. */
export function providersIn(
  request: SolveRequest,
  platform: LockedPlatform,
): { virtual: PackageName; chosen: PackageName; ordered: readonly PackageName[] }[] {
  const needed = Object.values(platform.packages).flatMap((locked) => triggered(request, platform, locked));
  const names = new Set([...needed, ...request.roots].flatMap(({ spec }) => spec.name ?? []));
  const view = new SolutionView(request, { platform, toolsApart: false });
  return [...names].flatMap((virtual) => {
    if (request.recipe(virtual) !== undefined || isExternal(request, virtual)) return [];
    const providers = request.providers(virtual);
    const ordered = [
      ...providers.filter((name) => isExternal(request, name)),
      ...providers.filter((name) => !isExternal(request, name)),
    ];
    return [{ virtual, chosen: view.providerOf(virtual) as PackageName, ordered }];
  });
}

/** The dependencies of a package whose conditions hold. */
export function triggered(
  request: SolveRequest,
  platform: LockedPlatform,
  locked: LockedPackage,
): readonly RecipeMetadata['dependencies'][number][] {
  if (locked.external !== undefined) return [];
  const view = new SolutionView(request, { platform, toolsApart: false });
  const dependencies = request.recipe(locked.name)?.dependencies ?? [];
  return dependencies.filter(({ when }) => view.holds(locked, when));
}

/** True for a name that the base has. */
export function isExternal(request: SolveRequest, name: string): boolean {
  return request.externals.some((external) => external.name === name);
}
