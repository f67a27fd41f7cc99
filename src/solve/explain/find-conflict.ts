import { encodeRoots, type Root } from '../encode/encode-roots.ts';
import { expandQueue } from '../encode/expand.ts';
import { createProblem, type Directive, type Problem } from '../encode/problem.ts';
import { findSolution, findSolutionOf } from '../refine/find-solution.ts';
import { findModel } from '../sat/find-model.ts';
import type { Literal } from '../sat/sat-state.ts';
import type { SolveRequest } from '../solve-types.ts';

/** Finds the directives of an unsolvable request that cannot hold together, tools for building being free to differ.
 * @param apart packages that may have tools of their own */
export function findWholeConflict(request: SolveRequest, apart: ReadonlySet<string>): Directive[] {
  const problem = createProblem(request, { guarded: true, split: true, apart });
  const roots = encodeRoots(problem);
  expandQueue(problem);
  return findConflict(problem, roots);
}

/** Finds directives of an unsolvable problem that cannot hold together, so few that without any one of them they could;
 * and the facts that make it so. The problem must be guarded. */
function findConflict(problem: Problem, roots: readonly Root[]): Directive[] {
  let core = ordersIn(problem, findFirstCore(problem, roots));
  for (const candidate of core.toReversed()) {
    if (!core.includes(candidate)) continue;
    const others = core.filter((guard) => guard !== candidate);
    if (!findSolution(problem, roots, others)) core = ordersIn(problem, problem.sat.core);
  }
  let conflict = problem.directives.filter(({ guard }) => core.includes(guard));
  for (let idle = findIdle(problem, roots, conflict); idle !== undefined; idle = findIdle(problem, roots, conflict)) {
    conflict = conflict.filter((one) => one !== idle);
  }
  findSolution(
    problem,
    roots,
    conflict.map(({ guard }) => guard),
  );
  const facts = new Set(withoutIdleFacts(problem, problem.sat.core));
  return problem.directives.filter((one) => conflict.includes(one) || (one.kind === 'fact' && facts.has(one.guard)));
}

/** A member of a conflict without which the others alone are in conflict too. Until here, a directive that is not
 * in the conflict could still be a reason for a package to be there; now it is as if it were not written. Where something
 * is asked for behind `^` that would hide the conflict: without the directive that brings it in, nothing would. */
function findIdle(problem: Problem, roots: readonly Root[], conflict: readonly Directive[]): Directive | undefined {
  if (conflict.some(({ kind, mentions }) => kind === 'root' && mentions.length > 1)) return undefined;
  const isIdle = (candidate: Directive) => {
    const others = conflict.filter((one) => one !== candidate);
    return !findSolutionOf(problem, roots, others);
  };
  return conflict.toReversed().find(isIdle);
}

/** Insists on all directives, and on those of each package that is taken in on the way, until they are in conflict. */
function findFirstCore(problem: Problem, roots: readonly Root[]): readonly Literal[] {
  for (;;) {
    const guards = problem.directives.filter(({ kind }) => kind !== 'fact').map(({ guard }) => guard);
    if (!findSolution(problem, roots, guards)) return problem.sat.core;
    if (problem.directives.filter(({ kind }) => kind !== 'fact').length === guards.length) {
      throw new Error('a request that was found unsolvable has a solution');
    }
  }
}

/** The guards of a core that are not facts, in the order of the directives. */
function ordersIn({ directives }: Problem, core: readonly Literal[]): Literal[] {
  const members = new Set(core);
  return directives.flatMap(({ kind, guard }) => (kind !== 'fact' && members.has(guard) ? [guard] : []));
}

function withoutIdleFacts({ sat, directives }: Problem, core: readonly Literal[]): readonly Literal[] {
  const facts = new Set(directives.flatMap(({ kind, guard }) => (kind === 'fact' ? [guard] : [])));
  let needed = core;
  for (const candidate of core) {
    if (!facts.has(candidate)) continue;
    const others = needed.filter((guard) => guard !== candidate);
    if (findModel(sat, others) === false) needed = others;
  }
  return needed;
}
