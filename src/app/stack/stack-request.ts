import type { MachineBases } from '../../build/base/machine-base.ts';
import { digestOf } from '../../core/digest.ts';
import type { Digest } from '../../core/digest-text.ts';
import { FarmError } from '../../core/farm-error.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import type { BuildType } from '../../model/build-type.ts';
import { formatSpec } from '../../model/format-spec.ts';
import type { PackageName } from '../../model/names.ts';
import type { BasePlatform } from '../../model/platform.ts';
import type { Stack } from '../../model/stack.ts';
import type { Version } from '../../model/version.ts';
import type { ReachableRecipes } from '../../recipes/load-recipes.ts';
import type { ExternalPackage, PackageRule, SolveRequest } from '../../solve/solve-types.ts';
import type { Farm } from '../farm/open-farm.ts';

/** What the stack takes from the base, in the versions that the base has.
 * @throws TOOL_MISSING, BASE_UNAVAILABLE */
export function externalsOf(farm: Farm, bases: MachineBases): ExternalPackage[] {
  return farm.stack.externals.map(({ name, packages, variants, version, place }) => {
    const found = bases.versionOf(packages[0]!);
    if (found === undefined) {
      throw new FarmError('TOOL_MISSING', `Cannot take "${name}" from the base: ${packages[0]} is not installed`, {
        place,
        hint: `apt-get install ${packages.join(' ')}`,
      });
    }
    if (version !== undefined && found !== version && !found.startsWith(`${version}.`)) {
      throw new FarmError(
        'BASE_UNAVAILABLE',
        `Cannot take "${name}" from the base: it has version ${found}, not ${version}`,
        {
          place,
          hint: `Write version: "${found}" if that is right, or leave the version out`,
        },
      );
    }
    return { name, version: found as Version, variants, from: 'base', place };
  });
}

/** Sets that are solved together: all but those that are apart, and each of these alone. */
export interface StackPart {
  readonly sets: readonly string[];
  /** The set that is apart. */
  readonly apart?: string;
}

/** The parts of a stack, first the one that most sets are in. */
export function partsOf({ sets, setOptions }: Stack): readonly StackPart[] {
  const names = Object.keys(sets);
  const isApart = (set: string) => setOptions[set]?.apart === true;
  const together = { sets: names.filter((set) => !isApart(set)) };
  return [together, ...names.filter(isApart).map((set) => ({ sets: [set], apart: set }))];
}

/** What the solver is asked for one part of the stack on one platform, without what there was before.
 * @throws STACK_INVALID for a rule of a set about a package that the set does not list */
export function requestOf(
  farm: Farm,
  recipes: ReachableRecipes,
  on: { part: StackPart; platform: BasePlatform; buildType: BuildType; externals: readonly ExternalPackage[] },
): SolveRequest {
  const { arch, os, compiler } = on.platform;
  const { sets, prefer, require } = farm.stack;
  return {
    recipe: (name) => recipes.recipe(name)?.metadata,
    providers: recipes.providers,
    names: recipes.names,
    roots: on.part.sets.flatMap((set) => (sets[set] ?? []).map(({ spec, place }) => ({ spec, set, place }))),
    prefer: [...rulesOf(farm.stack, on.part, 'prefer'), ...prefer],
    require: [...rulesOf(farm.stack, on.part, 'require'), ...require],
    externals: on.externals,
    facts: {
      arch,
      os,
      compiler: { name: compiler.name, version: compiler.version as Version },
      buildType: on.buildType.name,
    },
  };
}

/** The rules of a part's sets. In sets that share a solution a rule counts for the packages that its set lists; `*` means each of these. */
function rulesOf({ sets, setOptions }: Stack, part: StackPart, kind: 'prefer' | 'require'): PackageRule[] {
  return part.sets.flatMap((set): readonly PackageRule[] => {
    const rules = setOptions[set]?.[kind] ?? [];
    if (part.apart !== undefined) return rules;
    const listed = [...new Set((sets[set] ?? []).flatMap(({ spec }) => spec.name ?? []))];
    return rules.flatMap((rule): PackageRule[] => {
      if (rule.name === '*') return listed.map((name) => ({ ...rule, name, whereItExists: true }));
      if (listed.includes(rule.name)) return [rule];
      throw new FarmError(
        'STACK_INVALID',
        `Cannot use a rule about "${rule.name}" in set "${set}": the set does not list it`,
        {
          place: rule.place,
          hint: `Write it under "${kind}" of the stack, or make the set apart`,
        },
      );
    });
  });
}

/** The digest of all that decides a solution: places of texts do not. */
export function digestOfInputs(farm: Farm, recipes: ReachableRecipes, externals: readonly ExternalPackage[]): Digest {
  const { sets, setOptions, prefer, require, platforms, buildTypes } = farm.stack;
  const rules = (list: typeof prefer) => list.map(({ name, spec }) => [name, formatSpec(spec)]);
  const metadata = recipes.names().flatMap((name: PackageName) => recipes.recipe(name)?.metadata ?? []);
  const inputs = {
    sets: Object.fromEntries(
      Object.entries(sets).map(([set, specs]) => [set, specs.map(({ spec }) => formatSpec(spec))]),
    ),
    ...(Object.keys(setOptions).length > 0 && {
      setOptions: Object.entries(setOptions).map(([set, options]) => [
        set,
        options.apart,
        rules(options.prefer),
        rules(options.require),
      ]),
    }),
    prefer: rules(prefer),
    require: rules(require),
    platforms,
    buildTypes: buildTypes.map(({ name }) => name),
    externals: externals.map(({ place: _, ...rest }) => rest),
    recipes: metadata,
  };
  return digestOf(
    formatCanonicalJson(
      JSON.parse(JSON.stringify(inputs, (key, value: unknown) => (key === 'place' ? undefined : value))),
    ),
  );
}
