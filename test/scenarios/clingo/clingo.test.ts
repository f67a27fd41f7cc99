import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LockedPlatform } from '../../../src/model/lock.ts';
import type { PackageName } from '../../../src/model/names.ts';
import { solve } from '../../../src/solve/solve.ts';
import type { SolveRequest } from '../../../src/solve/solve-types.ts';
import { type CompactRequest, readRequest } from '../compact-request.ts';
import { existingIn } from '../existing-packages.ts';
import { requests } from '../random-requests.ts';
import { largeRequests } from './large-requests.ts';
import { judgeByClingo, solveByClingo } from './solve-by-clingo.ts';

// without the variable the same requests are drawn every time, and a failure is not made smaller, which takes minutes
const asked = process.env.BINFARM_RANDOM_RUNS;
const runs = Number(asked ?? (process.env.BINFARM_TEST_FULL === undefined ? 30 : 250));
const options = { numRuns: runs, endOnFailure: asked === undefined, ...(asked === undefined && { seed: 11 }) };

type WithHistory = (request: SolveRequest, earlier: LockedPlatform) => SolveRequest;

/** What an earlier solution can be for: to stay as it is, but for what is to move; and to be reused. */
const histories: readonly WithHistory[] = [
  (request, keep) => ({ ...request, keep }),
  (request, keep) => ({ ...request, keep, move: ['bee', 'dog', 'gnu'] as PackageName[] }),
  (request, earlier) => ({ ...request, reuse: { packages: existingIn(earlier), rank: 'first' } }),
  (request, keep) => ({ ...request, keep, reuse: { packages: existingIn(keep), rank: 'last' } }),
];

test('on small random requests clingo agrees whether there is a solution, that ours is one, and on what the best one costs', async () => {
  await fc.assert(fc.asyncProperty(requests, compare), options);
});

test('on random requests of up to fifteen packages clingo agrees with what solve finds', async () => {
  await fc.assert(fc.asyncProperty(largeRequests, compare), options);
});

test('on random requests of up to fifteen packages with a history clingo agrees with what solve finds', async () => {
  const drawn = fc.asyncProperty(largeRequests, fc.constantFrom(...histories), async (compact, withHistory) => {
    const before: CompactRequest = { ...compact, want: compact.want.slice(-1), prefer: { ant: '@2' }, require: {} };
    const earlier = solve(readRequest(before));
    if (!earlier.solved || earlier.toolsApart) return;
    await compareRequest(withHistory(readRequest(compact), earlier.platform));
  });
  await fc.assert(drawn, options);
});

function compare(compact: CompactRequest): Promise<void> {
  return compareRequest(readRequest(compact));
}

async function compareRequest(request: SolveRequest): Promise<void> {
  const result = solve(request);
  const best = await solveByClingo(request);
  if (!result.solved) {
    assert.equal(best, undefined, 'clingo finds a solution');
    return;
  }
  // packages with tools of their own are beyond the reference: it must not know a solution without
  if (result.toolsApart && best === undefined) return;
  const costs = Object.fromEntries(result.criteria.map(({ name, cost }) => [name, cost]));
  const costsIn = (all: Readonly<Record<string, number>> | undefined) =>
    Object.fromEntries(Object.keys(costs).map((name) => [name, all?.[name]]));
  assert.deepEqual({ costs, toolsApart: result.toolsApart }, { ...best, costs: costsIn(best?.costs) });
  assert.deepEqual(costs, costsIn(await judgeByClingo(request, result)), 'clingo judges the solution otherwise');
}
