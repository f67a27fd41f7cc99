import type { LockedPackage, LockedPlatform, VariantValue } from '../../src/model/lock.ts';
import { isPackageName, type PackageName, parsePackageName } from '../../src/model/names.ts';
import { parseSpec } from '../../src/model/parse-spec.ts';
import type {
  DependencyType,
  ProvidesDeclaration,
  RecipeMetadata,
  RequirementDeclaration,
} from '../../src/model/recipe.ts';
import type { Spec } from '../../src/model/spec.ts';
import { parseVersion } from '../../src/model/version.ts';
import type {
  ExistingPackage,
  ExternalPackage,
  PackageRule,
  PlatformFacts,
  SolveRequest,
  VariantDetails,
} from '../../src/solve/solve-types.ts';

/** A recipe as scenarios write it. Texts read `SPEC when CONDITION as TYPES because REASON`, everything behind the spec optional. */
export interface CompactRecipe {
  /** `1.2`, `1.2 preferred`, `1.1 deprecated`. */
  readonly versions: readonly string[];
  /** `true` or `false` for a switch; the default alone where any text is allowed; a list for several conditions. */
  readonly variants?: Readonly<Record<string, string | CompactVariant | readonly CompactVariant[]>>;
  readonly depends?: readonly string[];
  readonly conflicts?: readonly string[];
  /** `any of SPEC | SPEC when CONDITION`, or `one of`. */
  readonly requires?: readonly string[];
  readonly provides?: readonly string[];
}

/** A variant with more than a default. */
export interface CompactVariant {
  readonly default: string;
  readonly values?: readonly string[];
  readonly multi?: string;
  readonly when?: string;
  /** Conditions of single values. */
  readonly only?: Readonly<Record<string, string>>;
  readonly sets?: readonly (readonly string[])[];
  readonly sticky?: string;
}

/** A request as scenarios write it. */
export interface CompactRequest {
  readonly recipes: Readonly<Record<string, CompactRecipe>>;
  readonly want: readonly string[];
  /** By package, or `*`. */
  readonly prefer?: Readonly<Record<string, string>>;
  readonly require?: Readonly<Record<string, string>>;
  /** `VERSION VARIANTS` by package. */
  readonly externals?: Readonly<Record<string, string>>;
  /** Providers by virtual, in the order of preference; that of the recipes where it is not given. */
  readonly providers?: Readonly<Record<string, readonly string[]>>;
  /** An earlier solution: `VERSION VARIANTS for VIRTUAL` by key, everything behind the version optional. */
  readonly keep?: Readonly<Record<string, string>>;
  readonly move?: readonly string[];
  /** Packages that exist: `NAME VERSION VARIANTS needs ID,ID` by id. */
  readonly existing?: Readonly<Record<string, string>>;
  readonly reuse?: 'first' | 'last';
  readonly facts?: Partial<Record<'arch' | 'os' | 'compiler' | 'buildType', string>>;
}

/** Reads a compact request. Every directive gets a place: the recipe's file, and a line that counts directives. */
export function readRequest(compact: CompactRequest): SolveRequest {
  const recipes = new Map(
    Object.entries(compact.recipes).map(([name, recipe]) => [name, readRecipe(parsePackageName(name), recipe)]),
  );
  const stack = (line: number) => ({ file: 'binfarm.yaml', line });
  return {
    recipe: (name) => recipes.get(name),
    providers: (virtual) => {
      const given = compact.providers?.[virtual];
      if (given !== undefined) return given.map(parsePackageName);
      return [...recipes.values()]
        .filter(({ provides }) => provides.some(({ spec }) => spec.name === virtual))
        .map(({ name }) => name);
    },
    names: () => [...recipes.keys()].filter(isPackageName),
    roots: compact.want.map((text, index) => ({ spec: parseSpec(text), set: 'main', place: stack(index + 1) })),
    prefer: readRules(compact.prefer),
    require: readRules(compact.require),
    externals: Object.entries(compact.externals ?? {}).map(([name, text]) =>
      readExternal(parsePackageName(name), text),
    ),
    facts: readFacts(compact.facts ?? {}),
    ...(compact.keep !== undefined && {
      keep: readKept(compact.keep),
      move: (compact.move ?? []).map(parsePackageName),
    }),
    ...(compact.existing !== undefined && {
      reuse: { packages: readExisting(compact.existing), rank: compact.reuse ?? 'first' },
    }),
  };
}

function readRecipe(name: PackageName, recipe: CompactRecipe): RecipeMetadata {
  let line = 1;
  const place = () => ({ file: `recipes/${name}/recipe.ts`, line: ++line });
  return {
    name,
    versions: recipe.versions.map((text) => {
      const [version = '', flag] = text.split(' ');
      return {
        version: parseVersion(version),
        ...(flag === 'preferred' && { preferred: true }),
        ...(flag === 'deprecated' && { deprecated: true }),
      };
    }),
    variants: Object.entries(recipe.variants ?? {}).flatMap(([variant, value]) =>
      [value].flat().map((one: string | CompactVariant) => readVariant(variant, one)),
    ),
    dependencies: (recipe.depends ?? []).map((text) => {
      const { spec, when, types } = readDirective(text);
      return { spec, types: types ?? ['build', 'link'], place: place(), ...(when !== undefined && { when }) };
    }),
    conflicts: (recipe.conflicts ?? []).map((text) => {
      const { spec, when, message } = readDirective(text);
      return { spec, place: place(), ...(when !== undefined && { when }), ...(message !== undefined && { message }) };
    }),
    requires: (recipe.requires ?? []).map((text) => ({ ...readRequirement(text), place: place() })),
    provides: (recipe.provides ?? []).map((text): ProvidesDeclaration => {
      const { spec, when } = readDirective(text);
      return { spec, ...(when !== undefined && { when }) };
    }),
    place: { file: `recipes/${name}/recipe.ts`, line: 1 },
  };
}

function readDirective(text: string): { spec: Spec; when?: Spec; types?: DependencyType[]; message?: string } {
  const [, spec = '', when, types, message] =
    /^(.*?)(?: when (.*?))?(?: as ([a-z,]+))?(?: because (.*))?$/.exec(text) ?? [];
  return {
    spec: parseSpec(spec),
    ...(when !== undefined && { when: parseSpec(when) }),
    ...(types !== undefined && { types: types.split(',') as DependencyType[] }),
    ...(message !== undefined && { message }),
  };
}

function readRequirement(text: string): RequirementDeclaration {
  const [, policy, specs = '', when, message] =
    /^(any|one) of (.*?)(?: when (.*?))?(?: because (.*))?$/.exec(text) ?? [];
  return {
    policy: policy === 'one' ? 'one_of' : 'any_of',
    specs: specs.split(' | ').map((spec) => parseSpec(spec)),
    ...(when !== undefined && { when: parseSpec(when) }),
    ...(message !== undefined && { message }),
  };
}

function readVariant(name: string, value: string | CompactVariant): VariantDetails {
  const given: CompactVariant = typeof value === 'string' ? { default: value } : value;
  const isSwitch = given.default === 'true' || given.default === 'false';
  return {
    name,
    kind: isSwitch ? 'bool' : given.multi === 'true' ? 'multi' : 'single',
    default: isSwitch ? given.default === 'true' : given.default.split(','),
    ...(given.values !== undefined && { values: given.values }),
    ...(given.when !== undefined && { when: parseSpec(given.when) }),
    ...(given.sets !== undefined && { sets: given.sets }),
    ...(given.sticky === 'true' && { sticky: true }),
    ...(given.only !== undefined && {
      valueWhen: Object.fromEntries(Object.entries(given.only).map(([one, when]) => [one, parseSpec(when)])),
    }),
  };
}

function readRules(rules: Readonly<Record<string, string>> = {}): PackageRule[] {
  return Object.entries(rules).map(([name, text], index) => ({
    name: name === '*' ? '*' : parsePackageName(name),
    spec: parseSpec(text),
    place: { file: 'binfarm.yaml', line: 50 + index },
  }));
}

function readExternal(name: PackageName, text: string): ExternalPackage {
  const [version = '', ...rest] = text.split(' ');
  return {
    name,
    version: parseVersion(version),
    variants: rest.length === 0 ? {} : parseSpec(rest.join(' ')).variants,
    from: 'base',
    place: { file: 'binfarm.yaml', line: 90 },
  };
}

function readKept(keep: Readonly<Record<string, string>>): LockedPlatform {
  const packages = Object.entries(keep).map(([key, text]): [string, LockedPackage] => {
    const [, version = '', variants, virtual] = /^(\S+)(.*?)(?: for (\S+))?$/.exec(text) ?? [];
    const name = parsePackageName(key.split('#')[0] ?? '');
    const reasons = virtual === undefined ? [] : [{ from: 'app', asks: virtual }];
    return [key, { name, version, variants: readValues(variants), dependencies: [], reasons }];
  });
  return { sets: {}, packages: Object.fromEntries(packages) };
}

function readExisting(existing: Readonly<Record<string, string>>): ExistingPackage[] {
  const packages = Object.entries(existing).map(([id, text]) => {
    const [, name = '', version = '', variants, needs] = /^(\S+) (\S+)(.*?)(?: needs (\S+))?$/.exec(text) ?? [];
    return {
      id,
      name: parsePackageName(name),
      version,
      variants: readValues(variants),
      needs: needs?.split(',') ?? [],
    };
  });
  const nameOf = (id: string) => packages.find((one) => one.id === id)?.name ?? parsePackageName(id);
  return packages.map((one) => ({ ...one, needs: one.needs.map((id) => ({ id, name: nameOf(id) })) }));
}

function readValues(text = ''): Record<string, VariantValue> {
  const variants = text.trim() === '' ? {} : parseSpec(text.trim()).variants;
  return Object.fromEntries(
    Object.entries(variants).map(([name, value]) => [
      name,
      typeof value === 'boolean' || value.length > 1 ? value : value[0]!,
    ]),
  );
}

function readFacts({
  arch = 'x86_64',
  os = 'debian12',
  compiler = 'gcc@12.2',
  buildType = 'opt',
}: CompactRequest['facts'] & {}): PlatformFacts {
  const [name = '', version = ''] = compiler.split('@');
  return { arch, os, compiler: { name, version: parseVersion(version) }, buildType };
}
