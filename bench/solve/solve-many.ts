import { isFarmError } from '../../src/core/farm-error.ts';
import type { PackageName } from '../../src/model/names.ts';
import { openIndex } from '../../src/recipes/index/open-index.ts';
import { solve } from '../../src/solve/solve.ts';
import { checkSolution } from '../../test/scenarios/check-solution.ts';
import { requestFor } from './seven-requests.ts';

// Solves single packages drawn by a seed (`INDEX COUNT SEED`), one after the other, and prints for each what came out of it, as one line
// of JSON. Every solution is checked against the rules by the scenarios' checker, which shares nothing with the solver.
const [path = '', count = '500', seed = '1'] = process.argv.slice(2);
const index = await openIndex(path);
for (const name of drawNames(index.names(), Number(count), Number(seed))) {
  const request = requestFor(index, [name]);
  const before = process.cpuUsage();
  const outcome = solveOne();
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ name, cpu: (user + system) / 1e6, ...judge() }));

  function solveOne() {
    try {
      return solve(request);
    } catch (error) {
      if (isFarmError(error)) return error;
      throw error;
    }
  }

  function judge() {
    if (isFarmError(outcome)) return { verdict: 'refused', says: [`${outcome.code}: ${outcome.message}`] };
    if (!outcome.solved)
      return { verdict: 'explained', says: outcome.explanation.directives.map(({ from, says }) => `${from} ${says}`) };
    const broken = checkSolution(request, outcome);
    const nodes = Object.keys(outcome.platform.packages).length;
    return broken.length > 0 ? { verdict: 'wrong', nodes, says: broken } : { verdict: 'solved', nodes };
  }
}

/** Names drawn with replacement, by a generator that is the same everywhere (a linear congruential one, modulo 2 ** 31). */
function drawNames(names: readonly PackageName[], howMany: number, start: number): PackageName[] {
  let state = start;
  return Array.from({ length: howMany }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return names[Math.floor((state / 2 ** 31) * names.length)]!;
  });
}
