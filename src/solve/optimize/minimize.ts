import type { Root } from '../encode/encode-roots.ts';
import { not, state } from '../encode/literals.ts';
import type { Criterion, Ladder, Problem } from '../encode/problem.ts';
import { findSolution } from '../refine/find-solution.ts';
import { findModel, propagateFixed } from '../sat/find-model.ts';
import { isFixed, type Literal } from '../sat/sat-state.ts';
import { countLiterals } from './count-literals.ts';

/** A wish that is presently insisted on: the literal at `step` of its ladder. */
interface ActiveWish {
  readonly ladder: Ladder;
  readonly step: number;
}

/** Where the search for the smallest cost of a criterion stands. */
interface Goal {
  readonly active: Map<Literal, ActiveWish>;
  /** How many of the criterion's wishes have been looked at. */
  taken: number;
  /** Wishes that are known not to be met. */
  cost: number;
}

/** Makes the number of a criterion's wishes that are not met as small as it can be, and keeps it there. Core-guided: insist on all wishes;
 * each set of them that cannot hold together costs one and is replaced by the wish that no second one of the set is missed (OLL, after Andres,
 * Kaufmann, Matheis and Schaub). Gives that number; undefined when there is no solution at all. */
export function minimizeCriterion(problem: Problem, roots: readonly Root[], criterion: Criterion): number | undefined {
  const goal: Goal = { active: new Map(), taken: 0, cost: 0 };
  for (;;) {
    for (; goal.taken < criterion.wishes.length; goal.taken += 1)
      insist(problem, goal, criterion.wishes[goal.taken]!.ladder);
    if (!findSolution(problem, roots, [...goal.active.keys()])) {
      const core = shrinkCore(problem);
      if (core.length === 0) return undefined;
      giveWay(problem, goal, core);
    } else if (goal.taken === criterion.wishes.length) break;
  }
  for (const literal of goal.active.keys()) state(problem, [literal]);
  criterion.done = true;
  propagateFixed(problem.sat);
  return goal.cost;
}

/** Insists on the strongest wish of a ladder that is not known to be in vain; each that is costs one. */
function insist({ sat }: Problem, goal: Goal, ladder: Ladder, from = 0): void {
  let step = from;
  for (; step < ladder.length && isFixed(sat, not(ladder[step]!)); step += 1) goal.cost += 1;
  const literal = ladder[step];
  if (literal !== undefined && !isFixed(sat, literal)) goal.active.set(literal, { ladder, step });
}

/** Gives up one of the wishes that cannot all be met, and insists that it stays at one. */
function giveWay(problem: Problem, goal: Goal, core: readonly Literal[]): void {
  goal.cost += 1;
  state(problem, core.map(not));
  propagateFixed(problem.sat);
  const missed = core.map((literal) => goal.active.get(literal)!);
  for (const literal of core) goal.active.delete(literal);
  for (const { ladder, step } of missed) insist(problem, goal, ladder, step + 1);
  if (core.length > 1) insist(problem, goal, countLiterals(problem, core.map(not)).slice(1).map(not));
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
