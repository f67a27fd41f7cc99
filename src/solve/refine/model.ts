import type { Edge, Problem } from '../encode/problem.ts';
import type { Literal } from '../sat/sat-state.ts';

/** True when a literal holds in the last model. */
export function isInModel(problem: Problem, literal: Literal): boolean {
  return problem.sat.model[literal] === 1;
}

/** True when a dependency counts in the last model. */
export function isActive(problem: Problem, { trigger, guard }: Edge): boolean {
  return isInModel(problem, trigger) && isInModel(problem, guard);
}

/** The literals that say that a dependency is a reason for its target. A directive that is switched off is none; but where something is asked
 * for behind `^`, it stays one: else the first thing to say of every conflict about that would be that nothing brings it in. */
export function reasonLiterals({ request }: Problem, { trigger, guard }: Edge): Literal[] {
  const isAskedBelow = request.roots.some(({ spec }) => spec.dependencies.length > 0);
  return isAskedBelow ? [trigger] : [trigger, guard];
}

/** True when a literal holds in the last solution. */
export function isInSolution(problem: Problem, literal: Literal): boolean {
  return problem.solution[literal] === 1;
}
