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

/** True when a literal holds in the last solution. */
export function isInSolution(problem: Problem, literal: Literal): boolean {
  return problem.solution[literal] === 1;
}
