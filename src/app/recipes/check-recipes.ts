import { readFile } from 'node:fs/promises';
import { isFarmError, type Place } from '../../core/farm-error.ts';
import { mapLimit } from '../../core/map-limit.ts';
import { nearestName } from '../../model/did-you-mean.ts';
import { type PackageName, parsePackageName } from '../../model/names.ts';
import { findSourceFaults } from '../../recipes/check/source-faults.ts';
import { licenseFault } from '../../recipes/check/spdx-license.ts';
import { findUnusedVariants } from '../../recipes/check/unused-variants.ts';
import { openRecipes, type RecipeCollection, recipeFoldersOf } from '../../recipes/load-recipes.ts';
import type { Recipe } from '../../recipes/loaded-recipe.ts';
import { type AppContext, openFarm } from '../farm/open-farm.ts';

/** Something about a recipe that is wrong, or could be better. */
export interface RecipeFinding {
  readonly recipe: string;
  /** Recipes with an `error` are not finished. */
  readonly level: 'error' | 'warning';
  readonly says: string;
  readonly place?: Place;
  readonly hint?: string;
}

/** What was found in recipes. */
export interface CheckRecipesResult {
  readonly checked: readonly string[];
  readonly findings: readonly RecipeFinding[];
}

/** Platform names that the platform itself meets, so that no recipe has them. */
const metByPlatform = new Set(['c', 'cxx', 'fortran', 'libc']);

/** Checks recipes: that they load, that what they say about a package is there, true in its form and used, and that nothing is left to be done.
 * Without names all of the farm's own recipes are checked, those in its own folders.
 * @throws RECIPE_UNKNOWN for a name that no repository has */
export async function checkRecipes(
  request: { readonly farm: string; readonly names: readonly string[] },
  context: AppContext,
): Promise<CheckRecipesResult> {
  const farm = await openFarm(request.farm, context);
  const collection = await openRecipes(recipeFoldersOf(farm.stack.recipes, farm.paths.folder));
  const own = await openRecipes(
    recipeFoldersOf(
      farm.stack.recipes.filter((name) => name !== 'builtin'),
      farm.paths.folder,
    ),
  );
  const names = request.names.length > 0 ? request.names.map(parsePackageName) : own.names();
  const externals = new Set<string>(farm.stack.externals.map(({ name }) => name));
  const provided = await listProvided(collection);
  const isKnown = (name: string) =>
    metByPlatform.has(name) ||
    externals.has(name) ||
    provided.has(name) ||
    collection.names().includes(name as PackageName);
  const findings = await mapLimit(names, 8, (name) => checkRecipe(name, collection, isKnown));
  return { checked: names, findings: findings.flat() };
}

/** The virtual packages that some recipe provides; recipes that cannot be loaded provide nothing. */
async function listProvided(collection: RecipeCollection): Promise<ReadonlySet<string>> {
  const loaded = await Promise.all(collection.names().map((name) => collection.load(name).catch(() => undefined)));
  return new Set(loaded.flatMap((recipe) => recipe?.metadata.provides.flatMap(({ spec }) => spec.name ?? []) ?? []));
}

async function checkRecipe(
  name: PackageName,
  collection: RecipeCollection,
  isKnown: (name: string) => boolean,
): Promise<RecipeFinding[]> {
  let recipe: Recipe;
  try {
    recipe = await collection.load(name);
  } catch (error) {
    if (!isFarmError(error) || error.code === 'RECIPE_UNKNOWN') throw error;
    const { message, place, hint } = error;
    return [
      { recipe: name, level: 'error', says: message, ...(place && { place }), ...(hint !== undefined && { hint }) },
    ];
  }
  const text = await readFile(recipe.file, 'utf8');
  return [
    ...findTodos(recipe, text),
    ...checkInfo(recipe),
    ...findSourceFaults(recipe).map((fault) => ({ recipe: name, ...fault, place: { file: recipe.file } })),
    ...checkDependencies(recipe, collection, isKnown),
    ...findUnusedVariants(recipe, text).map((variant) => ({
      recipe: name,
      level: 'warning' as const,
      says: `variant "${variant}" changes nothing: neither the build nor a condition looks at it`,
      place: { file: recipe.file },
    })),
  ];
}

function findTodos({ file, metadata }: Recipe, whole: string): RecipeFinding[] {
  return whole.split('\n').flatMap((text, index) => {
    const todo = /(?:\/\/|\/\*|^\s*\*).*?\b(?:TODO|FIXME)\b:?\s*(.*)$/.exec(text)?.[1];
    if (todo === undefined) return [];
    return [
      { recipe: metadata.name, level: 'error' as const, says: `to be done: ${todo}`, place: { file, line: index + 1 } },
    ];
  });
}

function checkInfo({ metadata, info, file, definition }: Recipe): RecipeFinding[] {
  const { name } = metadata;
  const place = { file };
  const findings: RecipeFinding[] = [];
  const fault = licenseFault(info.license);
  if (fault !== undefined) {
    const hint = 'Use identifiers of https://spdx.org/licenses, joined by AND, OR and WITH';
    findings.push({ recipe: name, level: 'warning', says: `of the licence, ${fault}`, place, hint });
  }
  if (info.homepage === undefined) findings.push({ recipe: name, level: 'warning', says: 'it has no homepage', place });
  if (info.summary.toLowerCase() === name)
    findings.push({ recipe: name, level: 'warning', says: 'its summary says no more than its name', place });
  if (definition.test === undefined) findings.push({ recipe: name, level: 'warning', says: 'it has no test', place });
  if (metadata.versions.length === 0) findings.push({ recipe: name, level: 'error', says: 'it has no version', place });
  return findings;
}

function checkDependencies(
  { metadata, file }: Recipe,
  collection: RecipeCollection,
  isKnown: (name: string) => boolean,
): RecipeFinding[] {
  const names = new Set(metadata.dependencies.flatMap(({ spec }) => spec.name ?? []));
  return [...names].flatMap((name) => {
    if (isKnown(name)) return [];
    const near = nearestName(name, collection.names());
    const place = metadata.dependencies.find(({ spec }) => spec.name === name)?.place ?? { file };
    const says = `it needs "${name}", which is neither a recipe, nor provided by one, nor an external of the stack`;
    return [
      {
        recipe: metadata.name,
        level: 'error' as const,
        says,
        place,
        ...(near !== undefined && { hint: `Did you mean "${near}"?` }),
      },
    ];
  });
}
