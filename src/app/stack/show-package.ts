import type { BuildRecord } from '../../ledger/open-ledger.ts';
import { formatSpec } from '../../model/format-spec.ts';
import type { VariantValue } from '../../model/lock.ts';
import { parsePackageName } from '../../model/names.ts';
import { openRecipes, recipeFoldersOf } from '../../recipes/load-recipes.ts';
import type { RecipeInfo } from '../../recipes/loaded-recipe.ts';
import { type AppContext, openFarm } from '../farm/open-farm.ts';
import { withWorkshop } from '../farm/open-workshop.ts';
import { evaluateStack } from './evaluate-stack.ts';
import { readLock, solveStack } from './solve-stack.ts';

/** What is known of a package: its recipe, what the stack chose, what was built. */
export interface PackageDescription extends RecipeInfo {
  readonly name: string;
  readonly recipe: string;
  readonly versions: readonly string[];
  readonly options: readonly {
    readonly name: string;
    readonly default: VariantValue;
    readonly values?: readonly string[];
    readonly summary?: string;
  }[];
  readonly dependencies: readonly {
    readonly spec: string;
    readonly types: readonly string[];
    readonly when?: string;
  }[];
  /** In the stack, by platform; empty when the stack does not have it. */
  readonly chosen: readonly {
    readonly platform: string;
    readonly version: string;
    readonly variants: Readonly<Record<string, VariantValue>>;
    readonly buildHash?: string;
    readonly stored: boolean;
    readonly bytes?: number;
  }[];
  readonly builds: readonly BuildRecord[];
}

/** Describes one package.
 * @throws RECIPE_UNKNOWN, with the nearest name */
export async function showPackage(
  request: { readonly farm: string; readonly name: string },
  context: AppContext,
): Promise<PackageDescription> {
  const farm = await openFarm(request.farm, context);
  const recipe = await (await openRecipes(recipeFoldersOf(farm.stack.recipes, farm.paths.folder))).load(
    parsePackageName(request.name),
  );
  const { metadata, info } = recipe;
  return await withWorkshop(farm, context, async ({ bases, ledger, finder }) => {
    const locked = await readLock(farm);
    const stack = locked && (await evaluateStack(farm, await solveStack(farm, bases, { mode: 'frozen' })));
    const nodes = stack?.nodes.filter((node) => node.locked.name === request.name) ?? [];
    const chosen = nodes.map(async (node) => {
      const stored = node.built && (await finder.find({ ...node, built: node.built }));
      return {
        platform: node.platformName,
        version: node.locked.version,
        variants: node.locked.variants,
        ...(node.built === undefined ? {} : { buildHash: node.built.buildHash }),
        stored: stored !== undefined,
        ...(stored === undefined ? {} : { bytes: stored.size }),
      };
    });
    return {
      name: metadata.name,
      recipe: recipe.file,
      ...info,
      versions: metadata.versions.map(({ version }) => version),
      options: metadata.variants.map(({ name, default: value, values, summary }) => ({
        name,
        default: value,
        ...(values === undefined ? {} : { values }),
        ...(summary === undefined ? {} : { summary }),
      })),
      dependencies: metadata.dependencies.map(({ spec, types, when }) => ({
        spec: formatSpec(spec),
        types,
        ...(when === undefined ? {} : { when: formatSpec(when) }),
      })),
      chosen: await Promise.all(chosen),
      builds: await ledger.listBuilds({ name: metadata.name, limit: 10 }),
    };
  });
}
