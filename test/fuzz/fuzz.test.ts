import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FuzzResult, isBad, mostMemory, runFuzz } from './run-fuzz.ts';

const rounds = process.env.BINFARM_TEST_FULL === undefined ? 1 : 6;
const count = 200;

for (let round = 0; round < rounds; round += 1) {
  const first = 1 + round * count;
  test(`hostile packages, documents, areas and bundles ${first} to ${first + count - 1} are refused or do no harm, touch nothing outside, hang nowhere and take less than ${mostMemory / 1e6} MB`, async () => {
    const results: FuzzResult[] = [];
    const seeds = Array.from({ length: count }, (_, index) => first + index);
    await runFuzz(seeds, (result) => results.push(result));
    assert.deepEqual(results.flatMap(describeWrong), [], 'node test/fuzz/fuzz.ts 1 SEED tries one again');
    assert.equal(results.length, count);
    const refused = results.filter(({ outcomes }) => outcomes.some(({ result }) => result === 'refused'));
    assert.ok(refused.length > count * 0.7, `only ${refused.length} of ${count} were refused`);
  });
}

function describeWrong({ seed, says, outcomes, peakBytes }: FuzzResult): string[] {
  const about = `seed ${seed}, ${says}:`;
  const wrong = outcomes
    .filter(isBad)
    .map(({ attempt, result, message }) => `${about} ${attempt} ${result} ${message}`);
  return peakBytes > mostMemory ? [...wrong, `${about} ${(peakBytes / 1e6).toFixed()} MB`] : wrong;
}
