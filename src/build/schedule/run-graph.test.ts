import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GraphTask, runGraph } from './run-graph.ts';

const graph: GraphTask[] = [
  { key: 'd', needs: ['b', 'c'], rank: 0 },
  { key: 'c', needs: ['a'], rank: 5 },
  { key: 'b', needs: ['a', 'elsewhere'], rank: 9 },
  { key: 'a', needs: [], rank: 1 },
  { key: 'e', needs: [], rank: 0 },
];

async function trace(fails: readonly string[], keepGoing: boolean, parallel = 2) {
  const order: string[] = [];
  let now = 0;
  let most = 0;
  const results = await runGraph(graph, {
    parallel,
    keepGoing,
    run: async ({ key }) => {
      order.push(key);
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 2));
      now -= 1;
      if (fails.includes(key)) throw new Error(key);
      return key;
    },
  });
  return { order, most, results };
}

test('runGraph starts what is ready by rank, at most `parallel` at a time, and everything once', async () => {
  const { order, most, results } = await trace([], true);
  assert.deepEqual(order, ['a', 'e', 'b', 'c', 'd']);
  assert.equal(most, 2);
  assert.equal([...results.values()].filter(({ state }) => state === 'done').length, 5);
});

test('runGraph goes on after a failure and skips what needs it, naming the cause', async () => {
  const { results } = await trace(['a'], true);
  assert.equal(results.get('e')?.state, 'done');
  assert.deepEqual(results.get('d'), { state: 'skipped', because: 'a' });
});

test('runGraph starts nothing new after a failure when it is not to keep going', async () => {
  const { order, results } = await trace(['a'], false, 1);
  assert.deepEqual(order, ['a']);
  assert.equal(results.get('e')?.state, 'skipped');
});
