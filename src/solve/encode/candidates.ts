import type { PackageName } from '../../model/names.ts';
import type { RecipeMetadata, VersionDeclaration } from '../../model/recipe.ts';
import { compareVersions, parseVersion } from '../../model/version.ts';
import { includesVersion, isAnyVersion } from '../../model/version-range.ts';
import type { ExternalPackage, PackageRule, SolveRequest } from '../solve-types.ts';
import type { Candidate } from './problem.ts';

/** Above it are only moving versions: `develop`, `main`. */
const highestNumber = parseVersion('9'.repeat(90));

/** The versions that a package can have, the most preferred first: the externals where there are any that no `require` excludes;
 * otherwise the recipe's, those of `prefer` rules before those that the recipe prefers, newest first, moving and deprecated ones last. */
export function candidatesOf(
  request: SolveRequest,
  name: PackageName,
  recipe: RecipeMetadata | undefined,
): readonly Candidate[] {
  const externals = request.externals.filter(
    (external) => external.name === name && isAllowed(external, request.require),
  );
  if (externals.length > 0) return externals.map((external) => ({ version: external.version, tier: 0, external }));
  const wishes = request.prefer.filter((rule) => rule.name === name && !isAnyVersion(rule.spec.versions));
  const ranked = (recipe?.versions ?? []).map((declaration) => {
    const wished = wishes.some((rule) => includesVersion(rule.spec.versions, declaration.version));
    return {
      version: declaration.version,
      tier: tierOf(declaration, wished),
      rank: wished ? 0 : declaration.preferred ? 1 : 2,
    };
  });
  ranked.sort((a, b) => a.tier - b.tier || a.rank - b.rank || compareVersions(b.version, a.version));
  return ranked;
}

function tierOf({ version, deprecated }: VersionDeclaration, wished: boolean): Candidate['tier'] {
  if (deprecated) return 2;
  return !wished && compareVersions(version, highestNumber) > 0 ? 1 : 0;
}

function isAllowed(external: ExternalPackage, rules: readonly PackageRule[]): boolean {
  return rules.every(({ name, spec }) => {
    if (name !== external.name) return true;
    if (!includesVersion(spec.versions, external.version)) return false;
    return Object.entries(spec.variants).every(([variant, request]) => {
      const value = external.variants[variant];
      if (value === undefined || typeof value === 'boolean' || typeof request === 'boolean')
        return value === undefined || value === request;
      return request.every((one) => value.includes(one));
    });
  });
}
