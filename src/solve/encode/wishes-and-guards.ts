import type { Literal } from '../sat/sat-state.ts';
import { TRUE } from '../sat/sat-state.ts';
import type { CriterionName } from '../solve-types.ts';
import { createLiteral, state } from './literals.ts';
import type { Directive, Problem, Wish } from './problem.ts';

/** Adds wishes to a criterion; where it is settled already nothing that costs more is allowed. */
export function addWishes(problem: Problem, name: CriterionName, wish: Wish): void {
  const criterion = problem.criteria.find((one) => one.name === name);
  const [strongest] = wish.ladder;
  if (criterion === undefined || strongest === undefined) return;
  if (criterion.done) state(problem, [strongest]);
  else criterion.wishes.push(wish);
}

/** The literal that switches a directive on: always on, unless the problem is one that looks for a conflict.
 * @param source what stands for the directive; one directive has one literal, wherever it counts */
export function guardOf(problem: Problem, describe: () => Omit<Directive, 'guard'>, source?: object): Literal {
  if (!problem.guarded) return TRUE;
  const known = source === undefined ? undefined : problem.guards.get(source);
  if (known !== undefined) return known;
  const guard = createLiteral(problem, true);
  if (source !== undefined) problem.guards.set(source, guard);
  problem.directives.push({ ...describe(), guard });
  return guard;
}
