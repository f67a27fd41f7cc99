import type { PackageName } from '../../../src/model/names.ts';
import type { VariantRequest } from '../../../src/model/spec.ts';
import { compareVersions, type Version } from '../../../src/model/version.ts';
import { includesVersion, isAnyVersion } from '../../../src/model/version-range.ts';
import type { ExternalPackage, PackageRule, SolveRequest, VariantDetails } from '../../../src/solve/solve-types.ts';

/** A version that a package can have. */
export interface Candidate {
  readonly version: Version;
  readonly external?: ExternalPackage;
  /** More so than the first candidate: deprecated, or moving. */
  readonly isUnwelcome: boolean;
}

/** The versions that a package can have, in the order of preference. */
export function candidatesOf(request: SolveRequest, name: PackageName): Candidate[] {
  const externals = request.externals.filter(
    (one) => one.name === name && request.require.every((rule) => rule.name !== name || isAsRequired(one, rule)),
  );
  if (externals.length > 0)
    return externals.map((external) => ({ version: external.version, external, isUnwelcome: false }));
  const wishes = request.prefer.filter((rule) => rule.name === name && !isAnyVersion(rule.spec.versions));
  const ranked = (request.recipe(name)?.versions ?? []).map(({ version, preferred, deprecated }) => {
    const isWished = wishes.some(({ spec }) => includesVersion(spec.versions, version));
    const tier = deprecated ? 2 : !isWished && /^[a-z]/.test(version) ? 1 : 0;
    return { version, tier, rank: isWished ? 0 : preferred ? 1 : 2 };
  });
  ranked.sort((a, b) => a.tier - b.tier || a.rank - b.rank || compareVersions(b.version, a.version));
  return ranked.map(({ version, tier }) => ({ version, isUnwelcome: tier > ranked[0]!.tier }));
}

function isAsRequired({ version, variants }: ExternalPackage, { spec }: PackageRule): boolean {
  const isMet = ([name, asked]: [string, VariantRequest]) =>
    variants[name] === undefined || valuesOf(asked).every((value) => valuesOf(variants[name]!).includes(value));
  return includesVersion(spec.versions, version) && Object.entries(spec.variants).every(isMet);
}

/** What a variant should be when nothing asks for another value. */
export interface Wish {
  readonly values: readonly string[];
  /** The stack says so, not the recipe. */
  readonly isPreferred: boolean;
}

/** The wish about a variant: of the stack's rule for the package, of its rule for all, or of the recipe. */
export function wishOf(request: SolveRequest, name: PackageName, declaration: VariantDetails): Wish {
  const rules = [name, '*'].flatMap((subject) => request.prefer.filter((rule) => rule.name === subject));
  const rule = rules.find(({ spec }) => {
    const asked = spec.variants[declaration.name];
    return asked !== undefined && canBe(declaration, asked);
  });
  const value = rule?.spec.variants[declaration.name] ?? declaration.default;
  return { values: valuesOf(value), isPreferred: rule !== undefined };
}

function canBe({ kind, values }: VariantDetails, asked: VariantRequest): boolean {
  if (typeof asked === 'boolean' || kind === 'bool') return kind === 'bool' && typeof asked === 'boolean';
  if (kind === 'single' && asked.length > 1) return false;
  return values === undefined || asked.every((value) => values.includes(value));
}

/** A variant's values as texts; those of a switch are `true` and `false`. */
export function valuesOf(value: VariantRequest): readonly string[] {
  return typeof value === 'boolean' ? [String(value)] : value;
}
