import { readdir, readFile } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FarmError, isFarmError } from '../core/farm-error.ts';
import { shippedModule, shippedPath, unpackShippedFiles } from '../core/shipped-files.ts';
import { translateFileError } from '../core/translate-file-error.ts';
import { nearestName } from '../model/did-you-mean.ts';
import { isPackageName, type PackageName } from '../model/names.ts';
import { compileRecipe } from './compile-recipe.ts';
import type { Recipe } from './loaded-recipe.ts';
import type { PatchDefinition } from './recipe-definition.ts';
import { recipeInvalid } from './recipe-text.ts';
import { placeOfThrow } from './recipe-throw.ts';

/** The recipes of several repositories; in each, a folder with a `recipe.ts` is a recipe. */
export interface RecipeCollection {
  /** Every recipe's name, sorted. */
  readonly names: () => readonly PackageName[];
  /** Loads one recipe; a second call gives the same one.
   * @throws RECIPE_UNKNOWN with the nearest name, RECIPE_INVALID, RECIPE_THREW */
  readonly load: (name: PackageName) => Promise<Recipe>;
  /** Loads the recipes that `names` can lead to by any dependency, whatever its condition, and those of providers of virtuals.
   * Names without a recipe are let pass: what they are (virtual, external, unknown) is the solver's to say. Nothing is looked up for
   * `externals`; any other name without a recipe makes all recipes load, since each of them could provide it. */
  readonly loadReachable: (
    names: Iterable<PackageName>,
    externals?: Iterable<PackageName>,
  ) => Promise<ReachableRecipes>;
}

/** Loaded recipes, as a solver asks for them: without waiting. */
export interface ReachableRecipes {
  readonly recipe: (name: PackageName) => Recipe | undefined;
  /** Names of the recipes that provide a virtual, sorted. */
  readonly providers: (virtual: PackageName) => readonly PackageName[];
  readonly names: () => readonly PackageName[];
}

/** The folder of the recipes that ship with binfarm. */
export const builtinRecipes = shippedPath('recipes');

/** The folders of a stack's recipe repositories: `builtin`, or a folder relative to the farm folder. */
export function recipeFoldersOf(repositories: readonly string[], farmFolder: string): readonly string[] {
  return repositories.map((name) =>
    name === 'builtin' ? builtinRecipes : isAbsolute(name) ? name : resolve(farmFolder, name),
  );
}

/** Opens recipe repositories in order of precedence: of recipes with one name, the first repository's is used.
 * A folder that does not exist is an empty repository. */
export async function openRecipes(folders: readonly string[]): Promise<RecipeCollection> {
  registerRecipeImports();
  const places = new Map<PackageName, string>();
  for (const folder of folders) {
    for (const name of await listFolders(folder)) if (!places.has(name)) places.set(name, join(folder, name));
  }
  const names = [...places.keys()].sort();
  const loaded = new Map<PackageName, Promise<Recipe>>();
  const load = (name: PackageName) => {
    const known = loaded.get(name);
    if (known !== undefined) return known;
    const folder = places.get(name);
    const loading = folder === undefined ? Promise.reject(recipeUnknown(name, names)) : loadRecipe(name, folder);
    loaded.set(name, loading);
    return loading;
  };
  const repositories = { places, load, names };
  return {
    names: () => names,
    load,
    loadReachable: (roots, externals) => loadReachable(roots, externals ?? [], repositories),
  };
}

async function listFolders(folder: string): Promise<PackageName[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map(({ name }) => name)
      .filter(isPackageName);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw translateFileError(error, 'read recipes in', folder);
  }
}

async function loadRecipe(name: PackageName, folder: string): Promise<Recipe> {
  const file = join(folder, 'recipe.ts');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new FarmError('RECIPE_INVALID', `Cannot load recipe "${name}": its folder has no readable recipe.ts`, {
      place: { file },
      cause,
    });
  });
  const source = { file, text };
  const exported = await importRecipe(file);
  const recipe = compileRecipe(exported, source, await readPatches(exported, folder));
  const missing = recipe.patches.find((patch) => patch.text === '');
  if (missing !== undefined)
    throw recipeInvalid(source, `patch "${missing.file}" is empty or not there`, { words: [missing.file] });
  if (recipe.metadata.name === name) return recipe;
  throw recipeInvalid(source, `it is in folder "${name}" and describes "${recipe.metadata.name}"`, {
    words: ['name', recipe.metadata.name],
    hint: 'A recipe has the name of its folder',
  });
}

async function importRecipe(file: string): Promise<unknown> {
  try {
    const module = (await import(pathToFileURL(file).href)) as { default?: unknown };
    return module.default;
  } catch (cause) {
    if (isFarmError(cause)) throw cause;
    throw new FarmError('RECIPE_THREW', `Cannot load recipe "${file}": ${(cause as Error)?.message ?? String(cause)}`, {
      place: placeOfThrow(cause, { file }),
      cause,
    });
  }
}

/** The texts of the patch files that a recipe names, before it is checked; what cannot be read is empty. */
async function readPatches(exported: unknown, folder: string): Promise<Record<string, string>> {
  const listed = (exported as { patches?: readonly (string | PatchDefinition)[] } | undefined)?.patches;
  if (!Array.isArray(listed)) return {};
  const files = listed.map((patch: string | PatchDefinition) => (typeof patch === 'string' ? patch : patch.file));
  const readable = files.filter((file) => typeof file === 'string' && !file.split('/').includes('..'));
  const texts = readable.map(
    async (file) => [file, await readFile(join(folder, file), 'utf8').catch(() => '')] as const,
  );
  return Object.fromEntries(await Promise.all(texts));
}

interface Repositories {
  readonly places: ReadonlyMap<PackageName, string>;
  readonly load: (name: PackageName) => Promise<Recipe>;
  readonly names: readonly PackageName[];
}

async function loadReachable(
  roots: Iterable<PackageName>,
  externals: Iterable<PackageName>,
  { places, load, names }: Repositories,
): Promise<ReachableRecipes> {
  const recipes = new Map<PackageName, Recipe>();
  const seen = new Set<PackageName>(externals);
  for (let wave = unseen(roots, seen); wave.length > 0; ) {
    const mayBeVirtual = wave.some((name) => !places.has(name));
    const wanted = (mayBeVirtual ? names : wave).filter((name) => places.has(name) && !recipes.has(name));
    const found = await Promise.all(wanted.map(load));
    for (const recipe of found) recipes.set(recipe.metadata.name, recipe);
    wave = unseen(
      found.flatMap(({ metadata }) => metadata.dependencies.flatMap(({ spec }) => spec.name ?? [])),
      seen,
    );
  }
  const provides = (name: PackageName, virtual: PackageName) =>
    recipes.get(name)?.metadata.provides.some(({ spec }) => spec.name === virtual) ?? false;
  return {
    recipe: (name) => recipes.get(name),
    providers: (virtual) => [...recipes.keys()].filter((name) => provides(name, virtual)).sort(),
    names: () => names,
  };
}

/** The names that were not seen before; they are from now on. */
function unseen(names: Iterable<PackageName>, seen: Set<PackageName>): PackageName[] {
  const fresh = [...new Set(names)].filter((name) => !seen.has(name));
  for (const name of fresh) seen.add(name);
  return fresh;
}

function recipeUnknown(name: string, names: readonly string[]): FarmError {
  const near = nearestName(name, names);
  return new FarmError('RECIPE_UNKNOWN', `Cannot find recipe "${name}": no recipe repository has it`, {
    hint:
      near === undefined
        ? 'The recipe repositories are those under "recipes" in binfarm.yaml'
        : `Did you mean "${near}"?`,
  });
}

let registered = false;

/** Lets recipe files, wherever they are, import 'binfarm'. */
function registerRecipeImports(): void {
  if (registered) return;
  registered = true;
  unpackShippedFiles();
  const api = shippedModule('src/recipes/api');
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'binfarm' ? { url: api, shortCircuit: true } : next(specifier, context),
  });
}
