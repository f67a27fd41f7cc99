import { createLiteral, not, state } from '../encode/literals.ts';
import type { Problem } from '../encode/problem.ts';
import type { Literal } from '../sat/sat-state.ts';

/** Literals of which the one at index i holds where more than i of the inputs hold (a totalizer, after Bailleux and Boufkhad;
 * only this direction is stated, which is enough for what is to be kept small). */
export function countLiterals(problem: Problem, inputs: readonly Literal[]): readonly Literal[] {
  if (inputs.length < 2) return inputs;
  const half = inputs.length >> 1;
  const left = countLiterals(problem, inputs.slice(0, half));
  const right = countLiterals(problem, inputs.slice(half));
  const sums = inputs.map(() => createLiteral(problem, false));
  for (const [index, sum] of sums.entries()) if (index > 0) state(problem, [not(sum), sums[index - 1]!]);
  for (let a = 0; a <= left.length; a += 1) {
    for (let b = 0; b <= right.length; b += 1) addSum(problem, { left, right, sums }, { a, b });
  }
  return sums;
}

/** Where `a` inputs on the left and `b` on the right hold, as many as both together do. */
function addSum(
  problem: Problem,
  { left, right, sums }: Record<'left' | 'right' | 'sums', readonly Literal[]>,
  { a, b }: { a: number; b: number },
): void {
  if (a + b === 0) return;
  const premises = [left[a - 1], right[b - 1]].filter((literal) => literal !== undefined);
  state(problem, [...premises.map(not), sums[a + b - 1]!]);
}
