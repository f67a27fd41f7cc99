import { readFile } from 'node:fs/promises';
import type { BinhostGroup } from '../../binhost/open-binhosts.ts';
import type { MachineBases } from '../../build/base/machine-base.ts';
import { FarmError } from '../../core/farm-error.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { writeFileAtomic } from '../../core/write-file-atomic.ts';
import type { BuildType } from '../../model/build-type.ts';
import { nearestName } from '../../model/did-you-mean.ts';
import type { Lock, LockedPlatform } from '../../model/lock.ts';
import { formatLock, parseLock } from '../../model/lock-file.ts';
import type { PackageName } from '../../model/names.ts';
import { type BasePlatform, formatPlatform } from '../../model/platform.ts';
import { openRecipes, type ReachableRecipes, recipeFoldersOf } from '../../recipes/load-recipes.ts';
import { extractPart, mergeSolutions } from '../../solve/merge-solutions.ts';
import type { CriterionCost, ExistingPackage, ExternalPackage, SolveRequest } from '../../solve/solve-types.ts';
import type { Farm } from '../farm/open-farm.ts';
import { createEvaluator } from './evaluate-stack.ts';
import { findExisting } from './find-existing.ts';
import { type SolvedPlatform, solvePlatform } from './solve-platform.ts';
import { digestOfInputs, externalsOf, partsOf, requestOf } from './stack-request.ts';

/** How the lock is treated: brought up to date, required to be so (`locked`), or used as it is (`frozen`). */
export type LockMode = 'update' | 'locked' | 'frozen';

/** A stack with its solution. */
export interface SolvedStack {
  readonly lock: Lock;
  readonly recipes: ReachableRecipes;
  /** The lock as it was before; undefined when there was none. */
  readonly before: Lock | undefined;
  readonly stale: boolean;
  /** What each platform's solution is judged by; absent where nothing was solved. */
  readonly criteria?: Readonly<Record<string, readonly CriterionCost[]>>;
}

/** How a stack is solved. */
export interface SolveStackOptions {
  readonly mode: LockMode;
  /** Packages that are to move to their best version, with what must follow; all with `'all'`. What is locked otherwise stays where it can. */
  readonly move?: readonly string[] | 'all';
  /** As if there were neither a lock nor any package. */
  readonly fresh?: boolean;
  /** The lock is solved again even if it is not stale, to see what it is judged by. */
  readonly explain?: boolean;
  /** Where packages are that need not be built; absent where only the lock counts. */
  readonly binhost?: BinhostGroup;
}

/** Solves the stack for all its platforms, changing as little of what is locked as possible; writes nothing.
 * @throws UNSATISFIABLE, RECIPE_UNKNOWN, LOCK_STALE (`locked`), LOCK_INVALID, and what loading and evaluating recipes throws */
export async function solveStack(farm: Farm, bases: MachineBases, options: SolveStackOptions): Promise<SolvedStack> {
  const before = await readLock(farm);
  const recipes = await loadStackRecipes(farm);
  const externals = externalsOf(farm, bases);
  const inputs = digestOfInputs(farm, recipes, externals);
  const stale = before?.inputs !== inputs;
  const isAsked = options.move !== undefined || options.fresh === true || options.explain === true;
  if (before !== undefined && (options.mode === 'frozen' || (!stale && !isAsked)))
    return { lock: before, recipes, before, stale };
  if (options.mode !== 'update') throw lockStale(farm, before);
  checkMoves(options.move, before, recipes);
  const solved = await solveAnew(farm, { before, recipes, externals }, options);
  const platforms: Record<string, LockedPlatform> = {};
  const criteria: Record<string, readonly CriterionCost[]> = {};
  for (const [name, parts] of Map.groupBy(solved, ({ name: platform }) => platform)) {
    platforms[name] = mergeSolutions(
      parts.map(({ result, apart }) => ({ platform: result.platform, ...(apart === undefined ? {} : { set: apart }) })),
    );
    for (const { result, label } of parts) criteria[label] = result.criteria;
  }
  return { lock: { format: 'binfarm.lock/1', inputs, platforms }, recipes, before, stale, criteria };
}

/** The solution of one part of the stack on one platform. */
export interface SolvedPart extends SolvedPlatform {
  /** The platform's name. */
  readonly name: string;
  /** The set that was solved apart. */
  readonly apart?: string;
  /** The platform's name, and the set's where it is apart. */
  readonly label: string;
}

/** Solves every part of the stack for every platform in turn, whether the lock is stale or not.
 * @throws UNSATISFIABLE, RECIPE_UNKNOWN, and what evaluating recipes throws */
export async function solveAnew(
  farm: Farm,
  {
    before,
    recipes,
    externals,
  }: { before: Lock | undefined; recipes: ReachableRecipes; externals: readonly ExternalPackage[] },
  options: Omit<SolveStackOptions, 'mode'>,
): Promise<readonly SolvedPart[]> {
  const existing = await existingFor(farm, recipes, options);
  const evaluate = createEvaluator(farm, recipes);
  const solved: SolvedPart[] = [];
  for (const { name, ...on } of platformsOf(farm)) {
    for (const part of partsOf(farm.stack)) {
      const { apart } = part;
      const label = apart === undefined ? name : `${name}, set ${apart}`;
      const request = requestOf(farm, recipes, { ...on, part, externals });
      const locked = before?.platforms[name];
      const keep = locked === undefined ? undefined : extractPart(locked, part.sets, apart);
      const asked = withHistory(request, { keep, existing: existing?.get(name) ?? [] }, options);
      const one = await solvePlatform(asked, { name, label, evaluate });
      solved.push({ ...one, name, label, ...(apart === undefined ? {} : { apart }) });
    }
  }
  return solved;
}

/** Every platform with every build type. */
function platformsOf({ stack }: Farm): { name: string; platform: BasePlatform; buildType: BuildType }[] {
  return stack.platforms.flatMap((platform) =>
    stack.buildTypes.map((buildType) => ({
      name: formatPlatform({ ...platform, buildType: buildType.name }),
      platform,
      buildType,
    })),
  );
}

/** Loads the recipes that the stack, and other names, can lead to. */
export async function loadStackRecipes(
  { stack, paths }: Farm,
  others: readonly PackageName[] = [],
): Promise<ReachableRecipes> {
  const collection = await openRecipes(recipeFoldersOf(stack.recipes, paths.folder));
  const roots = Object.values(stack.sets).flatMap((specs) => specs.flatMap(({ spec }) => spec.name ?? []));
  return await collection.loadReachable(
    [...roots, ...others],
    stack.externals.map(({ name }) => name),
  );
}

async function existingFor(
  farm: Farm,
  recipes: ReachableRecipes,
  { binhost, fresh }: Omit<SolveStackOptions, 'mode'>,
): Promise<ReadonlyMap<string, readonly ExistingPackage[]> | undefined> {
  if (binhost === undefined || fresh) return undefined;
  return await findExisting(farm, binhost, (name) => recipes.recipe(name) !== undefined);
}

interface History {
  readonly keep: LockedPlatform | undefined;
  readonly existing: readonly ExistingPackage[];
}

/** A request with what there was before: the lock, of which only what is named may move, and the packages that exist. */
function withHistory(
  request: SolveRequest,
  { keep, existing }: History,
  { move, fresh }: Pick<SolveStackOptions, 'move' | 'fresh'>,
): SolveRequest {
  if (fresh) return request;
  const rank = move === 'all' ? 'last' : 'first';
  return {
    ...request,
    ...(keep !== undefined && move !== 'all' ? { keep, move: (move ?? []) as readonly PackageName[] } : {}),
    ...(existing.length > 0 ? { reuse: { packages: existing, rank } } : {}),
  };
}

/** Writes the lock, if it has changed. */
export async function writeLock(farm: Farm, { lock, before }: SolvedStack): Promise<boolean> {
  const text = formatLock(lock);
  if (before !== undefined && formatLock(before) === text) return false;
  try {
    await writeFileAtomic(farm.paths.lock, text);
  } catch (error) {
    throw translateFileError(error, 'write', farm.paths.lock);
  }
  return true;
}

/** Reads the lock of a farm, undefined when there is none yet.
 * @throws LOCK_INVALID */
export async function readLock(farm: Farm): Promise<Lock | undefined> {
  const text = await readFile(farm.paths.lock, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw translateFileError(error, 'read', farm.paths.lock);
  });
  return text === undefined ? undefined : parseLock(text, farm.paths.lock);
}

/** Checks that packages which are to move are there to be moved. */
function checkMoves(move: SolveStackOptions['move'], before: Lock | undefined, recipes: ReachableRecipes): void {
  if (move === undefined || move === 'all') return;
  const locked = Object.values(before?.platforms ?? {}).flatMap(({ packages }) => Object.values(packages));
  const known = new Set<string>([...locked.map(({ name }) => name), ...recipes.names()]);
  const unknown = move.find((name) => !known.has(name));
  if (unknown === undefined) return;
  const near = nearestName(unknown, [...known]);
  throw new FarmError('RECIPE_UNKNOWN', `Cannot update "${unknown}": no package has that name`, {
    ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
  });
}

function lockStale(farm: Farm, before: Lock | undefined): FarmError {
  const state = before === undefined ? 'there is none' : 'the stack or a recipe has changed since it was written';
  return new FarmError('LOCK_STALE', `Cannot use "${farm.paths.lock}": ${state}`, {
    hint: 'binfarm build (then commit binfarm.lock)',
  });
}
