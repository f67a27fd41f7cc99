import { resolveSettings } from '../../core/resolve-settings.ts';
import { builtinRecipes, openRecipes, recipeFoldersOf } from '../../recipes/load-recipes.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { openFarm } from '../farm/open-farm.ts';
import { openIndexes } from './index-files.ts';

/** What is looked for. */
export interface SearchRecipesRequest {
  /** All words must be found; letter case does not count. */
  readonly words: readonly string[];
  /** The farm folder, where there is one. */
  readonly farm?: string;
  readonly limit: number;
}

/** A recipe that was found. */
export interface FoundRecipe {
  readonly name: string;
  readonly summary: string;
  /** `recipe` for one that can be built, or the name of the index that knows it. */
  readonly from: string;
  /** Variants that the words were found in. */
  readonly variants: readonly string[];
}

/** The recipes that were found, the best ones first, and how many there are in all. */
export interface SearchRecipesResult {
  readonly found: readonly FoundRecipe[];
  readonly total: number;
}

/** Looks for words in names, summaries and variants: of the farm's recipes, those that ship with binfarm, and imported indexes.
 * @throws INDEX_INVALID, and what loading recipes throws */
export async function searchRecipes(request: SearchRecipesRequest, context: AppContext): Promise<SearchRecipesResult> {
  const words = request.words.map((word) => word.toLowerCase());
  const farm = request.farm === undefined ? undefined : await openFarm(request.farm, context);
  const folders = farm === undefined ? [builtinRecipes] : recipeFoldersOf(farm.stack.recipes, farm.paths.folder);
  const { cache } = farm?.settings ?? resolveSettings(context.settingSources);
  const [own, indexes] = await Promise.all([listOwn(folders), openIndexes(cache)]);
  const known = new Set(own.map(({ name }) => name));
  const ranked = own.flatMap((entry) => rank(entry, 'recipe', words));
  for (const [from, index] of indexes) {
    for (const entry of index.entries()) if (!known.has(entry.name)) ranked.push(...rank(entry, from, words));
  }
  ranked.sort((a, b) => a.rank - b.rank || (a.found.name < b.found.name ? -1 : 1));
  return { found: ranked.slice(0, request.limit).map(({ found }) => found), total: ranked.length };
}

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly variants: readonly string[];
}

async function listOwn(folders: readonly string[]): Promise<Entry[]> {
  const collection = await openRecipes(folders);
  const recipes = await Promise.all(collection.names().map(collection.load));
  return recipes.map(({ metadata, info }) => ({
    name: metadata.name,
    summary: info.summary,
    variants: metadata.variants.map(({ name }) => name),
  }));
}

/** Best is a name that is the words, then one that begins with them, then one that has them, then a summary, then variants. */
function rank(entry: Entry, from: string, words: readonly string[]): { rank: number; found: FoundRecipe }[] {
  const name = entry.name.toLowerCase();
  const summary = entry.summary.toLowerCase();
  let worst = 0;
  const variants = new Set<string>();
  for (const word of words) {
    const place = placeOf(word, name, summary);
    const named = place < 4 ? [] : entry.variants.filter((variant) => variant.toLowerCase().includes(word));
    if (place === 4 && named.length === 0) return [];
    for (const variant of named) variants.add(variant);
    worst = Math.max(worst, place);
  }
  const own = from === 'recipe' ? 0 : 0.5;
  return [{ rank: worst + own, found: { name: entry.name, summary: entry.summary, from, variants: [...variants] } }];
}

function placeOf(word: string, name: string, summary: string): number {
  if (name === word) return 0;
  if (name.startsWith(word)) return 1;
  if (name.includes(word)) return 2;
  return summary.includes(word) ? 3 : 4;
}
