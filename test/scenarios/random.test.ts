import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isFarmError } from '../../src/core/farm-error.ts';
import { solve } from '../../src/solve/solve.ts';
import type { SolveRequest, SolveResult } from '../../src/solve/solve-types.ts';
import { checkSolution } from './check-solution.ts';
import { readRequest } from './compact-request.ts';
import { requests } from './random-requests.ts';
import { costsOf, solveByTrying } from './reference-solver.ts';

const runs = Number(process.env.BINFARM_RANDOM_RUNS ?? 150);

test('on random requests solve finds a solution exactly where there is one, and none is better by the criteria', () => {
  fc.assert(
    fc.property(requests, (compact) => {
      const request = readRequest(compact);
      const result = solveOrRefuse(request);
      if (result === undefined) return;
      if (result.solved) assert.deepEqual(checkSolution(request, result.platform), []);
      const best = solveByTrying(request);
      if (best === undefined) return; // what needs tools that differ is beyond the reference
      if (!result.solved) assert.fail(`there is ${JSON.stringify(best.platform.packages)}`);
      assert.deepEqual(Object.fromEntries(result.criteria.map(({ name, cost }) => [name, cost])), best.costs);
      assert.deepEqual(costsOf(request, result.platform), best.costs);
    }),
    { numRuns: runs },
  );
});

/** The result; undefined where a recipe contradicts itself. */
function solveOrRefuse(request: SolveRequest): SolveResult | undefined {
  try {
    return solve(request);
  } catch (error) {
    if (isFarmError(error, 'RECIPE_INVALID')) return undefined;
    throw error;
  }
}
