import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isFarmError, type Place } from '../../src/core/farm-error.ts';
import { formatReadableJson } from '../../src/core/json.ts';
import type { LockedPlatform } from '../../src/model/lock.ts';
import type { PackageName } from '../../src/model/names.ts';
import { solve } from '../../src/solve/solve.ts';
import type { ExistingPackage, SolveRequest, SolveResult } from '../../src/solve/solve-types.ts';
import { checkSolution } from './check-solution.ts';
import { type CompactRecipe, type CompactRequest, readRequest } from './compact-request.ts';
import { requests } from './random-requests.ts';
import { costsOf, solveByTrying } from './reference-solver.ts';
import { shuffleRequest } from './shuffle-request.ts';

// without the variable the same requests are drawn every time
const asked = process.env.BINFARM_RANDOM_RUNS;
const runs = Number(asked ?? 60);
const seed = asked === undefined ? { seed: 1 } : {};

test('on random requests solve finds a solution where there is one, and none is better by the criteria', () => {
  fc.assert(
    fc.property(requests, (compact) => {
      const request = readRequest(compact);
      const result = solveOrRefuse(request);
      if (result === undefined) return;
      if (result.solved) assert.deepEqual(checkSolution(request, result), []);
      const best = solveByTrying(request);
      if (best === undefined) return; // what needs tools that differ is beyond the reference
      if (!result.solved) assert.fail(`there is ${JSON.stringify(best.platform.packages)}`);
      assert.deepEqual(Object.fromEntries(result.criteria.map(({ name, cost }) => [name, cost])), best.costs);
      assert.deepEqual(costsOf(request, result.platform), best.costs);
    }),
    { numRuns: runs, ...seed },
  );
});

test('on random requests with a history solve changes and builds as little as can be', () => {
  const histories = fc.tuple(requests, requests, fc.constantFrom(...histories_));
  fc.assert(
    fc.property(histories, ([before, compact, withHistory]) => {
      const earlier = solveOrRefuse({ ...readRequest(before), recipe: readRequest(compact).recipe });
      if (!earlier?.solved || earlier.toolsApart) return;
      const request = withHistory(readRequest(compact), earlier.platform);
      const result = solveOrRefuse(request);
      if (result === undefined) return;
      if (result.solved) {
        assert.deepEqual(checkSolution(request, result), []);
        for (const { name, cost, causes } of result.criteria) {
          assert.equal(
            causes.reduce((sum, cause) => sum + cause.cost, 0),
            cost,
            name,
          );
        }
      }
      const best = solveByTrying(request);
      if (best === undefined) return;
      if (!result.solved) assert.fail(`there is ${JSON.stringify(best.platform.packages)}`);
      assert.deepEqual(Object.fromEntries(result.criteria.map(({ name, cost }) => [name, cost])), best.costs);
      assert.deepEqual(costsOf(request, result.platform), best.costs);
    }),
    { numRuns: runs, ...seed },
  );
});

test('on random requests the lock does not depend on the order in which things are written, to the byte', () => {
  fc.assert(
    fc.property(requests, fc.nat(), fc.constantFrom(undefined, ...histories_), (compact, order, withHistory) => {
      const plain = readRequest(compact);
      const first = solveOrRefuse(plain);
      if (!first?.solved) return;
      const request = withHistory?.({ ...plain, roots: plain.roots.slice(0, 1) }, first.platform) ?? plain;
      const result = solve(request);
      const shuffled = solve(shuffleRequest(request, order));
      assert.equal(shuffled.solved, result.solved);
      if (!result.solved || !shuffled.solved) return;
      assert.equal(formatReadableJson(shuffled.platform), formatReadableJson(result.platform));
      assert.deepEqual(
        shuffled.criteria.map(({ cost }) => cost),
        result.criteria.map(({ cost }) => cost),
      );
    }),
    { numRuns: 4 * runs, ...seed },
  );
});

test('on random requests the directives of an explanation are in conflict, and without any one of them they are not', () => {
  // a request behind `^` also needs that something brings the package in, which leaving out directives takes away;
  // leaving out a rule can put an external back, and leaving out a directive can make of a dependency a tool
  const separable = requests
    .filter(
      ({ want, externals = {} }) => !want.some((text) => text.includes('^')) && Object.keys(externals).length === 0,
    )
    .map(withoutTools);
  fc.assert(
    fc.property(separable, (compact) => {
      const request = readRequest(compact);
      const result = solveOrRefuse(request);
      if (result === undefined || result.solved) return;
      const places = result.explanation.directives.flatMap(({ place }) => place ?? []).filter(isDirective);
      assert.equal(solve(onlyWith(request, places)).solved, false, 'alone');
      for (const left of places) {
        const others = places.filter((place) => place !== left);
        assert.equal(solve(onlyWith(request, others)).solved, true, `without ${left.file}:${left.line}`);
      }
    }),
    { numRuns: 4 * runs, ...seed },
  );
});

type WithHistory = (request: SolveRequest, earlier: LockedPlatform) => SolveRequest;

const histories_: readonly WithHistory[] = [
  (request, keep) => ({ ...request, keep }),
  (request, keep) => ({ ...request, keep, move: ['a', 'd'] as PackageName[] }),
  (request, earlier) => ({ ...request, reuse: { packages: existingIn(earlier), rank: 'first' } }),
  (request, keep) => ({ ...request, keep, reuse: { packages: existingIn(keep), rank: 'first' } }),
];

/** The packages of a solution as they would be in a binhost, each under its key. */
function existingIn({ packages }: LockedPlatform): ExistingPackage[] {
  return Object.entries(packages)
    .filter(([, { external }]) => external === undefined)
    .map(([key, { name, version, variants, dependencies }]) => ({
      id: key,
      name,
      version,
      variants,
      needs: dependencies
        .filter(({ key: below, types }) => isUsed(types) && packages[below]?.external === undefined)
        .map(({ key: below }) => ({ name: packages[below]!.name, id: below })),
    }));
}

function isUsed(types: readonly string[]): boolean {
  return types.includes('link') || types.includes('run');
}

function withoutTools(compact: CompactRequest): CompactRequest {
  const recipes = Object.entries(compact.recipes).map(([name, recipe]): [string, CompactRecipe] => [
    name,
    { ...recipe, depends: (recipe.depends ?? []).map((text) => text.replace(' as build', '')) },
  ]);
  return { ...compact, recipes: Object.fromEntries(recipes) };
}

/** The result; undefined where a recipe contradicts itself. */
function solveOrRefuse(request: SolveRequest): SolveResult | undefined {
  try {
    return solve(request);
  } catch (error) {
    if (isFarmError(error, 'RECIPE_INVALID')) return undefined;
    throw error;
  }
}

/** False for the places of facts: a recipe as a whole (its first line), and externals. */
function isDirective({ file, line = 1 }: Place): boolean {
  return file === 'binfarm.yaml' ? line < 90 : line > 1;
}

/** The request with no other directives than those at the given places. */
function onlyWith(request: SolveRequest, places: readonly Place[]): SolveRequest {
  const isKept = ({ place }: { readonly place?: Place }) =>
    places.some(({ file, line }) => place?.file === file && place.line === line);
  return {
    ...request,
    roots: request.roots.filter(isKept),
    require: request.require.filter(isKept),
    recipe: (name) => {
      const recipe = request.recipe(name);
      if (recipe === undefined) return undefined;
      const { dependencies, conflicts, requires } = recipe;
      return {
        ...recipe,
        dependencies: dependencies.filter(isKept),
        conflicts: conflicts.filter(isKept),
        requires: requires.filter(isKept),
      };
    },
  };
}
