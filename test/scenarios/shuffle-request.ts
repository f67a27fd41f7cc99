import type { PackageName } from '../../src/model/names.ts';
import type { RecipeMetadata } from '../../src/model/recipe.ts';
import type { SolveRequest } from '../../src/solve/solve-types.ts';

/** The same request, written in another order wherever the order means nothing. That of providers, of declarations of one variant and of its values does.
 * @param order which of all orders */
export function shuffleRequest(request: SolveRequest, order: number): SolveRequest {
  const { roots, require, prefer, externals, keep, reuse } = request;
  const shuffle = createShuffle(order);
  const known = new Map<PackageName, RecipeMetadata | undefined>();
  return {
    ...request,
    recipe: (name) => {
      if (!known.has(name)) known.set(name, shuffleRecipe(request.recipe(name), shuffle));
      return known.get(name);
    },
    names: () => shuffle(request.names()),
    roots: shuffle(roots),
    require: shuffle(require),
    prefer: shuffle(prefer),
    externals: shuffle(externals),
    ...(keep !== undefined && {
      keep: { ...keep, packages: Object.fromEntries(shuffle(Object.entries(keep.packages))) },
    }),
    ...(reuse !== undefined && { reuse: { ...reuse, packages: shuffle(reuse.packages) } }),
  };
}

type Shuffle = <Item>(items: readonly Item[]) => Item[];

function shuffleRecipe(recipe: RecipeMetadata | undefined, shuffle: Shuffle): RecipeMetadata | undefined {
  if (recipe === undefined) return undefined;
  const { versions, variants, dependencies, conflicts, requires, provides } = recipe;
  const names = shuffle([...new Set(variants.map(({ name }) => name))]);
  return {
    ...recipe,
    versions: shuffle(versions),
    variants: names.flatMap((name) => variants.filter((one) => one.name === name)),
    dependencies: shuffle(dependencies),
    conflicts: shuffle(conflicts),
    requires: shuffle(requires),
    provides: shuffle(provides),
  };
}

/** A shuffle that gives the same orders for the same seed. */
function createShuffle(seed: number): Shuffle {
  let state = seed % 2147483647;
  const next = (limit: number) => {
    state = (state * 48271 + 11) % 2147483647;
    return state % limit;
  };
  return (items) => {
    const rest = [...items];
    return items.map(() => rest.splice(next(rest.length), 1)[0]!);
  };
}
