import { digestOfDirectory } from '../../build/sources/tree/digest-of-directory.ts';
import { digestOf } from '../../core/digest.ts';
import { type Digest, hexOf } from '../../core/digest-text.ts';
import { FarmError } from '../../core/farm-error.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import type { LockedPlatform } from '../../model/lock.ts';
import type { BuildHash } from '../../model/names.ts';
import { type Platform, parsePlatform } from '../../model/platform.ts';
import type { DependencyType } from '../../model/recipe.ts';
import { storeNameOf } from '../../model/store-root.ts';
import { type EvaluatedRecipe, evaluateRecipe } from '../../recipes/evaluate-recipe.ts';
import type { ReachableRecipes } from '../../recipes/load-recipes.ts';
import type { Farm } from '../farm/open-farm.ts';
import type { BuiltNode, FarmEdge, FarmNode } from './farm-node.ts';
import type { SolvedStack } from './solve-stack.ts';

/** A stack that is solved and evaluated. */
export interface EvaluatedStack {
  /** Every package on every platform; what a package needs comes before it. */
  readonly nodes: readonly FarmNode[];
  /** The nodes that sets ask for, by set. */
  readonly sets: ReadonlyMap<string, readonly FarmNode[]>;
}

/** Evaluates the recipes of a solved stack to plans and build hashes.
 * @throws RECIPE_UNKNOWN when a locked package has no recipe any more, and what evaluating recipes throws */
export async function evaluateStack(farm: Farm, { lock, recipes }: SolvedStack): Promise<EvaluatedStack> {
  const evaluator = createEvaluator(farm, recipes);
  const nodes: FarmNode[] = [];
  const sets = new Map<string, FarmNode[]>();
  for (const [platformName, solution] of Object.entries(lock.platforms)) {
    const evaluated = await evaluator(platformName, solution);
    nodes.push(...evaluated.values());
    for (const [set, keys] of Object.entries(solution.sets)) {
      sets.set(set, [...(sets.get(set) ?? []), ...keys.map((key) => evaluated.get(key)!)]);
    }
  }
  return { nodes, sets };
}

/** Evaluates the recipes of one platform's solution: nodes by key in the lock. */
export type Evaluator = (platformName: string, solution: LockedPlatform) => Promise<ReadonlyMap<string, FarmNode>>;

/** Makes an evaluator that reads each source directory once, whatever the number of platforms and solutions. */
export function createEvaluator(farm: Farm, recipes: ReachableRecipes): Evaluator {
  const directories = new Map<string, Digest>();
  return async (platformName, solution) => {
    await digestDirectories(solution, recipes, directories);
    return evaluatePlatform(platformName, solution, { farm, recipes, directories });
  };
}

interface Evaluation {
  readonly farm: Farm;
  readonly recipes: ReachableRecipes;
  readonly directories: ReadonlyMap<string, Digest>;
}

function evaluatePlatform(
  platformName: string,
  solution: LockedPlatform,
  evaluation: Evaluation,
): Map<string, FarmNode> {
  const platform = parsePlatform(platformName);
  const nodes = new Map<string, FarmNode>();
  const visit = (key: string, path: readonly string[]): FarmNode => {
    const known = nodes.get(key);
    if (known !== undefined) return known;
    if (path.includes(key))
      throw new FarmError('LOCK_INVALID', `Cannot use the lock: ${[...path, key].join(' needs ')}`);
    const locked = solution.packages[key]!;
    const dependencies = locked.dependencies.map(({ key: below, types }) => ({
      node: visit(below, [...path, key]),
      types,
    }));
    const node: FarmNode = {
      key: `${platformName}/${key}`,
      platform,
      platformName,
      locked,
      dependencies,
      ...(locked.external === undefined
        ? { built: evaluateNode(platform, solution, key, { ...evaluation, dependencies }) }
        : {}),
    };
    nodes.set(key, node);
    return node;
  };
  for (const key of Object.keys(solution.packages).sort()) visit(key, []);
  return nodes;
}

function evaluateNode(
  platform: Platform,
  solution: LockedPlatform,
  key: string,
  { farm, recipes, directories, dependencies }: Evaluation & { readonly dependencies: readonly FarmEdge[] },
): BuiltNode {
  const locked = solution.packages[key]!;
  const recipe = recipes.recipe(locked.name);
  if (recipe === undefined) {
    throw new FarmError(
      'RECIPE_UNKNOWN',
      `Cannot evaluate "${locked.name}": the lock names it, but no recipe has that name`,
      {
        hint: 'Restore the recipe, or remove binfarm.lock to solve anew',
      },
    );
  }
  const directoryDigest = directories.get(locked.name);
  const evaluated = evaluateRecipe(recipe, {
    name: locked.name,
    version: locked.version,
    variants: locked.variants,
    platform,
    buildType: farm.stack.buildTypes.find(({ name }) => name === platform.buildType)!,
    root: farm.root,
    dependencies: dependencies.map(({ node, types }) => ({
      name: node.locked.name,
      version: node.locked.version,
      variants: node.locked.variants,
      types,
      ...(node.locked.external === undefined ? {} : { external: node.locked.external }),
    })),
    ...(directoryDigest === undefined ? {} : { directoryDigest }),
  });
  const identity = formatIdentity(evaluated, dependencies);
  const buildHash = hexOf(digestOf(identity)) as BuildHash;
  return { evaluated, identity, buildHash, storeName: storeNameOf(locked.name, locked.version, buildHash) };
}

/** What a build hash is taken over: the plan, and the build hashes of the dependencies that the plan names. */
function formatIdentity({ plan }: EvaluatedRecipe, dependencies: readonly FarmEdge[]): string {
  const entering = dependencies.filter(
    ({ node, types }) =>
      node.built &&
      plan.dependencies.some((one) => one.name === node.locked.name && isLasting(one.types) === isLasting(types)),
  );
  const hashes = Object.fromEntries(entering.map(({ node }) => [node.locked.name, node.built!.buildHash]));
  return formatCanonicalJson({ plan, dependencies: hashes });
}

/** A tool may have the name of something that is linked, in another version. */
function isLasting(types: readonly DependencyType[]): boolean {
  return types.includes('link') || types.includes('run');
}

/** Adds the digests of the source directories that a solution needs and that are not known yet. */
async function digestDirectories(
  solution: LockedPlatform,
  recipes: ReachableRecipes,
  digests: Map<string, Digest>,
): Promise<void> {
  for (const { name } of Object.values(solution.packages)) {
    const directory = recipes.recipe(name)?.directory;
    if (directory !== undefined && !digests.has(name)) digests.set(name, await digestOfDirectory(directory));
  }
}
