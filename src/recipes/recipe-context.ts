import { FarmError } from '../core/farm-error.ts';
import type { BuildType } from '../model/build-type.ts';
import { nearestName } from '../model/did-you-mean.ts';
import type { VariantValue } from '../model/lock.ts';
import { type SpecFacts, satisfies } from '../model/match-spec.ts';
import { parseSpec } from '../model/parse-spec.ts';
import type { Platform } from '../model/platform.ts';
import type { Version } from '../model/version.ts';
import type { RecipeSubject, SubjectDependency } from './recipe-subject.ts';

/** What a recipe's functions are given: the concrete package, as words for command lines. Places are placeholders of the plan. */
export interface RecipeContext {
  readonly name: string;
  readonly version: string;
  readonly platform: Platform;
  readonly buildType: BuildType;
  /** Where the package will be installed. */
  readonly prefix: string;
  /** The folder of the unpacked sources. */
  readonly source: string;
  /** An empty folder for what the build makes on the way; in a test, the test's own folder. */
  readonly build: string;
  /** How many jobs a tool other than make may start. */
  readonly jobs: string;
  /** The package's own prefix and those of the packages that it links, in the order in which compiler and loader should look. */
  readonly prefixes: readonly string[];
  /** True when the recipe has an option `static` and it is on. */
  readonly staticLibraries: boolean;
  /** True when an on/off option is on. */
  readonly isOn: (variant: string) => boolean;
  /** `ON` or `OFF`, for CMake. */
  readonly on: (variant: string) => string;
  /** `--enable-x` or `--disable-x`; the feature's name is the option's where none is given. */
  readonly enable: (variant: string, feature?: string) => string;
  /** `--with-x` or `--without-x`. */
  readonly include: (variant: string, feature?: string) => string;
  /** The value of an option with one value. */
  readonly value: (variant: string) => string;
  /** The values of an option with several. */
  readonly values: (variant: string) => readonly string[];
  /** True when a spec holds for this package: `+python @3:`. */
  readonly is: (spec: string) => boolean;
  /** True when the package has a dependency of that name here. */
  readonly has: (dependency: string) => boolean;
  /** The prefix of a direct dependency; `/usr` where it is taken from the base.
   * @throws RECIPE_INVALID when it is none. */
  readonly dep: (dependency: string) => string;
}

/** A context, and which options were asked for through it. */
export interface TracedContext {
  readonly context: RecipeContext;
  readonly used: ReadonlySet<string>;
}

/** Makes the context of one package; `declared` are all the options of its recipe, also those it does not have here. */
export function createRecipeContext(subject: RecipeSubject, declared: readonly string[]): TracedContext {
  const used = new Set<string>();
  const lookUp = (variant: string): VariantValue => {
    if (!declared.includes(variant)) throw unknownVariant(variant, declared);
    used.add(variant);
    return subject.variants[variant] ?? false;
  };
  const isOn = (variant: string) => lookUp(variant) === true;
  const valuesOf = (variant: string) => listOf(lookUp(variant));
  const context: RecipeContext = {
    name: subject.name,
    version: subject.version,
    platform: subject.platform,
    buildType: subject.buildType,
    prefix: '@{prefix}',
    source: '@{source}',
    build: '@{build}',
    jobs: '@{jobs}',
    prefixes: prefixesOf(subject.dependencies),
    get staticLibraries() {
      return declared.includes('static') && isOn('static');
    },
    isOn,
    on: (variant) => (isOn(variant) ? 'ON' : 'OFF'),
    enable: (variant, feature = variant) => `--${isOn(variant) ? 'enable' : 'disable'}-${feature}`,
    include: (variant, feature = variant) => `--${isOn(variant) ? 'with' : 'without'}-${feature}`,
    value: (variant) => valuesOf(variant).join(','),
    values: valuesOf,
    is: (text) => {
      const spec = parseSpec(text);
      for (const variant of Object.keys(spec.variants)) lookUp(variant);
      return satisfies({ ...subject, version: subject.version as Version }, spec, factsOf(subject.platform));
    },
    has: (name) => subject.dependencies.some((dependency) => dependency.name === name),
    dep: (name) => prefixOf(name, subject.dependencies),
  };
  return { context, used };
}

/** A platform as the conditions of specs see it. */
export function factsOf({ arch, os, compiler, buildType }: Platform): SpecFacts {
  return { arch, os, compiler: { name: compiler.name, version: compiler.version as Version }, buildType };
}

/** The package's own prefix and those of the packages that it links. */
export function prefixesOf(dependencies: readonly SubjectDependency[]): readonly string[] {
  return ['@{prefix}', ...linkedOf(dependencies).map(({ name }) => `@{dep:${name}}`)];
}

/** The dependencies that are linked and not taken from the base, whose libraries the linker finds by itself. */
export function linkedOf(dependencies: readonly SubjectDependency[]): readonly SubjectDependency[] {
  return dependencies.filter(({ types, external }) => types.includes('link') && external === undefined);
}

function listOf(value: VariantValue): readonly string[] {
  if (typeof value === 'boolean') return value ? ['true'] : [];
  return typeof value === 'string' ? [value] : value;
}

function prefixOf(name: string, dependencies: readonly SubjectDependency[]): string {
  const found = dependencies.find((dependency) => dependency.name === name);
  if (found !== undefined) return found.external === undefined ? `@{dep:${name}}` : '/usr';
  throw new FarmError('RECIPE_INVALID', `Cannot use the prefix of "${name}": it is no dependency of the package here`, {
    hint: 'Add it to "depends", or ask has() first where the dependency has a condition',
    details: { text: name },
  });
}

function unknownVariant(variant: string, declared: readonly string[]): FarmError {
  const near = nearestName(variant, declared);
  return new FarmError('RECIPE_INVALID', `Cannot use option "${variant}": the recipe declares no such option`, {
    hint: near === undefined ? `Add it to "variants"` : `Did you mean "${near}"?`,
    details: { text: variant },
  });
}
