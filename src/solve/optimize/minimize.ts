import type { Root } from '../encode/encode-roots.ts';
import { type Criterion, type Ladder, not, type Problem, state } from '../encode/problem.ts';
import { findSolution } from '../refine/find-solution.ts';
import { findModel, propagateFixed } from '../sat/find-model.ts';
import { isFixed, type Literal } from '../sat/sat-state.ts';
import { countLiterals } from './count-literals.ts';

/** A wish that is presently insisted on: the literal at `step` of its ladder. */
interface ActiveWish {
  readonly ladder: Ladder;
  readonly step: number;
}

/** Makes the number of a criterion's wishes that are not met as small as it can be, and keeps it there. Core-guided: insist on all wishes;
 * each set of them that cannot hold together costs one and is replaced by the wish that no second one of the set is missed (OLL, after Andres,
 * Kaufmann, Matheis and Schaub). Gives that number; undefined when there is no solution at all. */
export function minimizeCriterion(problem: Problem, roots: readonly Root[], criterion: Criterion): number | undefined {
  const active = new Map<Literal, ActiveWish>();
  let taken = 0;
  let cost = 0;
  const insist = (ladder: Ladder, from: number) => {
    let step = from;
    for (; step < ladder.length && isFixed(problem.sat, not(ladder[step]!)); step += 1) cost += 1;
    const literal = ladder[step];
    if (literal !== undefined && !isFixed(problem.sat, literal)) active.set(literal, { ladder, step });
  };
  for (;;) {
    for (; taken < criterion.wishes.length; taken += 1) insist(criterion.wishes[taken]!, 0);
    if (findSolution(problem, roots, [...active.keys()])) {
      if (taken < criterion.wishes.length) continue;
      for (const literal of active.keys()) state(problem, [literal]);
      criterion.done = true;
      propagateFixed(problem.sat);
      return cost;
    }
    const core = shrinkCore(problem);
    if (core.length === 0) return undefined;
    cost += 1;
    state(problem, core.map(not));
    propagateFixed(problem.sat);
    const missed = core.map((literal) => {
      const wish = active.get(literal)!;
      active.delete(literal);
      return wish;
    });
    for (const { ladder, step } of missed) insist(ladder, step + 1);
    if (core.length > 1) insist(countLiterals(problem, core.map(not)).slice(1).map(not), 0);
  }
}

const trials = 4;
const trialConflicts = 200;

/** Makes the last core smaller where that is quickly found. */
function shrinkCore({ sat }: Problem): readonly Literal[] {
  let core = sat.core;
  for (let trial = 0; trial < trials && core.length > 1; trial += 1) {
    if (findModel(sat, core.toReversed(), trialConflicts) !== false || sat.core.length >= core.length) break;
    core = sat.core;
  }
  return core;
}
