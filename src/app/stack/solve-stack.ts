import { readFile } from 'node:fs/promises';
import type { MachineBases } from '../../build/base/machine-base.ts';
import { digestOf } from '../../core/digest.ts';
import type { Digest } from '../../core/digest-text.ts';
import { FarmError } from '../../core/farm-error.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { writeFileAtomic } from '../../core/write-file-atomic.ts';
import type { BuildType } from '../../model/build-type.ts';
import { formatSpec } from '../../model/format-spec.ts';
import type { Lock, LockedPlatform } from '../../model/lock.ts';
import { formatLock, parseLock } from '../../model/lock-file.ts';
import type { PackageName } from '../../model/names.ts';
import { type BasePlatform, formatPlatform } from '../../model/platform.ts';
import type { Version } from '../../model/version.ts';
import { parseVersionRange } from '../../model/version-range.ts';
import { openRecipes, type ReachableRecipes, recipeFoldersOf } from '../../recipes/load-recipes.ts';
import { solve } from '../../solve/solve.ts';
import type { ExternalPackage, PackageRule, SolveRequest } from '../../solve/solve-types.ts';
import type { Farm } from '../farm/open-farm.ts';
import { unsatisfiable } from './unsatisfiable.ts';

/** How the lock is treated: brought up to date, required to be so (`locked`), or used as it is (`frozen`). */
export type LockMode = 'update' | 'locked' | 'frozen';

/** A stack with its solution. */
export interface SolvedStack {
  readonly lock: Lock;
  readonly recipes: ReachableRecipes;
  /** The lock as it was before; undefined when there was none. */
  readonly before: Lock | undefined;
  readonly stale: boolean;
}

/** How a stack is solved. */
export interface SolveStackOptions {
  readonly mode: LockMode;
  /** Packages that may move to other versions; all with `'all'`. What is locked otherwise stays where it can. */
  readonly move?: readonly string[] | 'all';
}

/** Solves the stack for all its platforms, keeping what is locked where that still meets the requests; writes nothing.
 * @throws UNSATISFIABLE, RECIPE_UNKNOWN, LOCK_STALE (`locked`), LOCK_INVALID, and what loading recipes throws */
export async function solveStack(farm: Farm, bases: MachineBases, options: SolveStackOptions): Promise<SolvedStack> {
  const before = await readLock(farm);
  const collection = await openRecipes(recipeFoldersOf(farm.stack.recipes, farm.paths.folder));
  const roots = Object.values(farm.stack.sets).flatMap((specs) => specs.flatMap(({ spec }) => spec.name ?? []));
  const recipes = await collection.loadReachable(
    roots,
    farm.stack.externals.map(({ name }) => name),
  );
  const externals = externalsOf(farm, bases);
  const inputs = digestOfInputs(farm, recipes, externals);
  const stale = before?.inputs !== inputs;
  if (before !== undefined && (options.mode === 'frozen' || (!stale && options.move === undefined))) {
    return { lock: before, recipes, before, stale };
  }
  if (options.mode !== 'update') throw lockStale(farm, before);
  const platforms = farm.stack.platforms.flatMap((platform) =>
    farm.stack.buildTypes.map((buildType) => {
      const name = formatPlatform({ ...platform, buildType: buildType.name });
      const kept = keptRules(before?.platforms[name], options.move, recipes);
      return [name, solvePlatform(name, requestOf(farm, recipes, { platform, buildType, externals }), kept)] as const;
    }),
  );
  return {
    lock: { format: 'binfarm.lock/1', inputs, platforms: Object.fromEntries(platforms) },
    recipes,
    before,
    stale,
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

function externalsOf(farm: Farm, bases: MachineBases): ExternalPackage[] {
  return farm.stack.externals.map(({ name, packages, variants, version, place }) => {
    const found = bases.versionOf(packages[0]!);
    if (found === undefined) {
      throw new FarmError('TOOL_MISSING', `Cannot take "${name}" from the base: ${packages[0]} is not installed`, {
        place,
        hint: `apt-get install ${packages.join(' ')}`,
      });
    }
    if (version !== undefined && found !== version && !found.startsWith(`${version}.`)) {
      throw new FarmError(
        'BASE_UNAVAILABLE',
        `Cannot take "${name}" from the base: it has version ${found}, not ${version}`,
        {
          place,
          hint: `Write version: "${found}" if that is right, or leave the version out`,
        },
      );
    }
    return { name, version: found as Version, variants, from: 'base', place };
  });
}

function requestOf(
  farm: Farm,
  recipes: ReachableRecipes,
  on: { platform: BasePlatform; buildType: BuildType; externals: readonly ExternalPackage[] },
): SolveRequest {
  const { arch, os, compiler } = on.platform;
  return {
    recipe: (name) => recipes.recipe(name)?.metadata,
    providers: recipes.providers,
    names: recipes.names,
    roots: Object.entries(farm.stack.sets).flatMap(([set, specs]) =>
      specs.map(({ spec, place }) => ({ spec, set, place })),
    ),
    prefer: farm.stack.prefer,
    require: farm.stack.require,
    externals: on.externals,
    facts: {
      arch,
      os,
      compiler: { name: compiler.name, version: compiler.version as Version },
      buildType: on.buildType.name,
    },
  };
}

/** The locked packages that stay where they are, as orders: each with its version and options. Those that the stack can no longer lead to are let go. */
function keptRules(
  before: LockedPlatform | undefined,
  move: SolveStackOptions['move'],
  recipes: ReachableRecipes,
): PackageRule[] {
  if (before === undefined || move === 'all') return [];
  const kept = Object.values(before.packages).filter(
    ({ name, external }) =>
      external === undefined && !(move ?? []).includes(name) && recipes.recipe(name) !== undefined,
  );
  return kept.map(({ name, version, variants }) => {
    const entries = Object.entries(variants).map(
      ([key, value]) => [key, typeof value === 'string' ? [value] : value] as const,
    );
    const versions = parseVersionRange(`=${version}`);
    return { name, spec: { versions, variants: Object.fromEntries(entries), platform: {}, dependencies: [] } };
  });
}

/** Solves with everything kept; where that cannot be, with as much of it as can. */
function solvePlatform(platform: string, request: SolveRequest, kept: readonly PackageRule[]): LockedPlatform {
  if (kept.length > 0) {
    const result = solve({ ...request, require: [...request.require, ...kept] });
    if (result.solved) return result.platform;
  }
  const result = solve({ ...request, prefer: [...kept, ...request.prefer] });
  if (result.solved) return result.platform;
  throw unsatisfiable(platform, result.explanation);
}

/** The digest of all that decides a solution: places of texts do not. */
function digestOfInputs(farm: Farm, recipes: ReachableRecipes, externals: readonly ExternalPackage[]): Digest {
  const { sets, prefer, require, platforms, buildTypes } = farm.stack;
  const rules = (list: typeof prefer) => list.map(({ name, spec }) => [name, formatSpec(spec)]);
  const metadata = recipes.names().flatMap((name: PackageName) => recipes.recipe(name)?.metadata ?? []);
  const inputs = {
    sets: Object.fromEntries(
      Object.entries(sets).map(([set, specs]) => [set, specs.map(({ spec }) => formatSpec(spec))]),
    ),
    prefer: rules(prefer),
    require: rules(require),
    platforms,
    buildTypes: buildTypes.map(({ name }) => name),
    externals: externals.map(({ place: _, ...rest }) => rest),
    recipes: metadata,
  };
  return digestOf(
    formatCanonicalJson(
      JSON.parse(JSON.stringify(inputs, (key, value: unknown) => (key === 'place' ? undefined : value))),
    ),
  );
}

function lockStale(farm: Farm, before: Lock | undefined): FarmError {
  const state = before === undefined ? 'there is none' : 'the stack or a recipe has changed since it was written';
  return new FarmError('LOCK_STALE', `Cannot use "${farm.paths.lock}": ${state}`, {
    hint: 'binfarm build (then commit binfarm.lock)',
  });
}
