import { createLiteral, not, type Problem, state } from '../encode/problem.ts';
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
    for (let b = a === 0 ? 1 : 0; b <= right.length; b += 1) {
      const premises = [...(a === 0 ? [] : [not(left[a - 1]!)]), ...(b === 0 ? [] : [not(right[b - 1]!)])];
      state(problem, [...premises, sums[a + b - 1]!]);
    }
  }
  return sums;
}
