import type { Root } from '../encode/encode-roots.ts';
import { expandQueue } from '../encode/expand.ts';
import { not } from '../encode/literals.ts';
import type { Directive, PackageNode, Problem } from '../encode/problem.ts';
import { findModel } from '../sat/find-model.ts';
import type { Literal } from '../sat/sat-state.ts';
import { forbidCycle } from './forbid-cycle.ts';
import { forbidUnasked } from './forbid-unasked.ts';
import { forbidUnfounded } from './forbid-unfounded.ts';
import { isInModel } from './model.ts';

/** Finds a solution under assumptions. A model of what has been taken in so far may need packages that have not, build on a cycle,
 * or hold packages that nothing needs; then what it overlooked is added, and another is looked for.
 * True: `problem.solution` has it. False: `sat.core` has the assumptions and facts in conflict. */
export function findSolution(problem: Problem, roots: readonly Root[], assumptions: readonly Literal[]): boolean {
  return findUnder(problem, roots, () => [...assumptions, ...factGuards(problem)]);
}

/** As `findSolution`, for a guarded problem in which the given directives are all that there is. */
export function findSolutionOf(problem: Problem, roots: readonly Root[], directives: readonly Directive[]): boolean {
  const kept = new Set(directives.map(({ guard }) => guard));
  const spokenOf = new Set(
    directives.flatMap(({ mentions }) => mentions).flatMap((name) => [name, ...providersOf(problem, name)]),
  );
  return findUnder(problem, roots, () => {
    const others = problem.directives.filter(({ kind, guard }) => kind !== 'fact' && !kept.has(guard));
    const strangers = [...problem.packages.values()].filter(
      ({ name, choices }) => choices === undefined && !spokenOf.has(name),
    );
    return [
      ...kept,
      ...others.map(({ guard }) => not(guard)),
      ...strangers.map(({ literal }) => not(literal)),
      ...factGuards(problem),
    ];
  });
}

function findUnder(problem: Problem, roots: readonly Root[], assumptions: () => readonly Literal[]): boolean {
  for (;;) {
    if (!findModel(problem.sat, assumptions())) return false;
    if (expandModel(problem)) continue;
    if (forbidCycle(problem) || forbidUnfounded(problem, roots) || forbidUnasked(problem)) continue;
    problem.solution = problem.sat.model.slice(0, 2 * problem.sat.variables);
    return true;
  }
}

function providersOf({ virtuals }: Problem, name: string): string[] {
  const named = [...virtuals.values()].filter((virtual) => virtual.name === name);
  return named.flatMap(({ edges }) => edges.map(({ target }) => target.name));
}

function expandModel(problem: Problem): boolean {
  const missing: PackageNode[] = [];
  for (const node of problem.packages.values())
    if (node.choices === undefined && isInModel(problem, node.literal)) missing.push(node);
  problem.queue.push(...missing.reverse());
  expandQueue(problem);
  return missing.length > 0;
}

/** Facts can take part in a conflict, but they are never in doubt. */
function factGuards({ directives }: Problem): Literal[] {
  return directives.flatMap(({ kind, guard }) => (kind === 'fact' ? [guard] : []));
}
