// Tries more hostile packages, documents and areas than the tests do: node test/fuzz/fuzz.ts [COUNT] [FIRST SEED]

import { type FuzzResult, isBad, mostMemory, runFuzz } from './run-fuzz.ts';

const [count = '1000', first = '1'] = process.argv.slice(2);
const seeds = Array.from({ length: Number(count) }, (_, index) => Number(first) + index);
const results: FuzzResult[] = [];
const began = performance.now();
await runFuzz(seeds, (result) => {
  results.push(result);
  const { seed, says, outcomes, peakBytes } = result;
  const about = `seed ${seed}, ${says}:`;
  for (const outcome of outcomes.filter(isBad))
    console.log(about, outcome.attempt, outcome.result, outcome.message ?? '');
  const slow = outcomes.filter(({ seconds = 0 }) => seconds > 10);
  for (const { attempt, seconds } of slow) console.log(about, attempt, `took ${seconds?.toFixed(1)} s`);
  if (peakBytes > mostMemory) console.log(about, `took ${(peakBytes / 1e6).toFixed()} MB`);
});
const outcomes = results.flatMap((result) => result.outcomes);
const tally = Object.groupBy(outcomes, ({ result, code = '' }) => `${result} ${code}`.trim());
for (const [name, list] of Object.entries(tally).toSorted()) console.log(String(list?.length).padStart(7), name);
const seconds = (performance.now() - began) / 1000;
const peak = Math.max(...results.map(({ peakBytes }) => peakBytes));
console.log(
  `${results.length} cases, ${outcomes.length} attempts, ${seconds.toFixed()} s, at most ${(peak / 1e6).toFixed()} MB`,
);
