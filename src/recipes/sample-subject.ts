import type { Digest } from '../core/digest-text.ts';
import { builtinBuildTypes } from '../model/build-type.ts';
import type { VariantValue } from '../model/lock.ts';
import { satisfies } from '../model/match-spec.ts';
import type { PackageName } from '../model/names.ts';
import { parsePlatform } from '../model/platform.ts';
import type { VariantDeclaration } from '../model/recipe.ts';
import { compileRecipe } from './compile-recipe.ts';
import type { Recipe } from './loaded-recipe.ts';
import { factsOf } from './recipe-context.ts';
import type { RecipeDefinition } from './recipe-definition.ts';
import type { RecipeSubject, SubjectDependency } from './recipe-subject.ts';

/** Names that a stack takes from the base; for tests. */
const externals = new Set(['autoconf', 'automake', 'cmake', 'libtool', 'meson', 'ninja']);

/** The package that a recipe describes when nothing is asked for but `changes`: what a solver would choose, for tests. */
export function sampleSubject(recipe: Recipe, changes: Partial<RecipeSubject> = {}): RecipeSubject {
  const { metadata } = recipe;
  const platform = changes.platform ?? parsePlatform('x86_64-debian12-gcc12-opt');
  const version = changes.version ?? metadata.versions[0]!.version;
  const variants = {
    ...Object.fromEntries(metadata.variants.map((variant) => [variant.name, defaultOf(variant)])),
    ...changes.variants,
  };
  const subject = { name: metadata.name, version: metadata.versions[0]!.version, variants };
  const needed = metadata.dependencies.filter(
    ({ when }) => when === undefined || satisfies(subject, when, factsOf(platform)),
  );
  const dependencies = needed.map(({ spec, types }) => sampleDependency(spec.name!, types));
  return {
    platform,
    buildType: builtinBuildTypes[platform.buildType]!,
    root: '/binfarm/xxxxxxxx',
    dependencies,
    ...(recipe.directory === undefined ? {} : { directoryDigest: `sha256:${'5'.repeat(64)}` as Digest }),
    ...changes,
    name: metadata.name,
    version,
    variants,
  };
}

/** A dependency at version 1.0, from the base where stacks take it from there. */
export function sampleDependency(name: string, types: SubjectDependency['types']): SubjectDependency {
  const external = externals.has(name) ? { external: { from: 'base' } } : {};
  return { name: name as PackageName, version: '1.0', variants: {}, types, ...external };
}

/** A recipe that was never in a file. */
export function sampleRecipe(definition: Partial<RecipeDefinition> & Pick<RecipeDefinition, 'build'>): Recipe {
  const whole = {
    name: 'sample',
    summary: 'A package for tests',
    license: 'MIT',
    category: 'test',
    versions: { '1.0': { sha256: '1'.repeat(64), debian: 'sample_1.0.orig.tar.gz' } },
    ...definition,
  };
  return compileRecipe(whole, { file: '/recipes/sample/recipe.ts', text: '' });
}

function defaultOf({ kind, default: value }: VariantDeclaration): VariantValue {
  return kind === 'single' && typeof value !== 'boolean' ? value[0]! : value;
}
