import { addBinary, addLongClause } from './add-clause.ts';
import { forgetClauses } from './forget-clauses.ts';
import { learnClause, visitReason } from './learn-clause.ts';
import { type Conflict, propagate } from './propagate.ts';
import { assign, type Literal, type SatState } from './sat-state.ts';
import { offerVariable, takeVariable } from './variable-order.ts';

const restartUnit = 64;
const activityDecay = 0.95;

/** Searches an assignment that satisfies all clauses and assumptions (conflict-driven clause learning).
 * True: `state.model` has it. False: `state.core` has assumptions that cannot hold together; it is empty when the clauses alone
 * contradict each other. Undefined: the limit of conflicts was reached first. No decision remains afterwards, what was learned does. */
export function findModel(
  state: SatState,
  assumptions: readonly Literal[],
  conflictLimit = Number.POSITIVE_INFINITY,
): boolean | undefined {
  state.core = [];
  if (!state.consistent) return false;
  const conflict: Conflict = { clause: 0, first: 0, second: 0 };
  const stopAt = state.conflicts + conflictLimit;
  let restarts = 0;
  let restartAt = state.conflicts + restartUnit;
  for (;;) {
    if (!propagate(state, conflict)) {
      state.conflicts += 1;
      if (state.levelStarts.length === 0) {
        state.consistent = false;
        return false;
      }
      learn(state, conflict);
      continue;
    }
    if (state.conflicts >= restartAt || state.conflicts >= stopAt) {
      backtrack(state, 0);
      if (state.conflicts >= stopAt) return undefined;
      restarts += 1;
      restartAt = state.conflicts + restartUnit * lubyNumber(restarts + 1);
      forgetClauses(state);
      continue;
    }
    const verdict = decide(state, assumptions);
    if (verdict === undefined) continue;
    backtrack(state, 0);
    return verdict;
  }
}

/** Undoes all decisions above a level. */
function backtrack(state: SatState, level: number): void {
  if (state.levelStarts.length <= level) return;
  const start = state.levelStarts[level]!;
  const { values, trail } = state;
  for (let index = state.trailSize - 1; index >= start; index -= 1) {
    const literal = trail[index]!;
    values[literal] = 0;
    values[literal ^ 1] = 0;

    offerVariable(state, literal >> 1);
  }
  state.trailSize = start;
  state.propagated = start;
  state.levelStarts.length = level;
}

/** Draws the consequences of what is known without any assumption; false when it contradicts itself. */
export function propagateFixed(state: SatState): boolean {
  if (state.consistent && !propagate(state, { clause: 0, first: 0, second: 0 })) state.consistent = false;
  return state.consistent;
}

function learn(state: SatState, conflict: Conflict): void {
  const { literals, level, quality } = learnClause(state, conflict);
  backtrack(state, level);
  const [first, second] = literals as [Literal, Literal];
  if (literals.length === 1) assign(state, first, 0);
  else if (literals.length === 2) {
    addBinary(state, first, second);
    assign(state, first, -(second + 1));
  } else assign(state, first, addLongClause(state, literals, quality));
  state.activityStep /= activityDecay;
}

/** Takes the next assumption or decision; true when everything is assigned, false when an assumption cannot hold. */
function decide(state: SatState, assumptions: readonly Literal[]): boolean | undefined {
  while (state.levelStarts.length < assumptions.length) {
    const assumption = assumptions[state.levelStarts.length]!;
    const value = state.values[assumption]!;
    if (value < 0) {
      state.core = explainFailure(state, assumption);
      return false;
    }
    state.levelStarts.push(state.trailSize);
    if (value === 0) {
      assign(state, assumption, 0);
      return undefined;
    }
  }
  const variable = takeVariable(state);
  if (variable < 0) {
    for (let literal = 0; literal < 2 * state.variables; literal += 1)
      state.model[literal] = state.values[literal]! > 0 ? 1 : 0;
    return true;
  }
  state.levelStarts.push(state.trailSize);
  assign(state, 2 * variable + (state.phases[variable] ? 0 : 1), 0);
  return undefined;
}

/** The assumptions that together make `failed` false, and itself. */
function explainFailure(state: SatState, failed: Literal): Literal[] {
  const core = [failed];
  if (state.levels[failed >> 1] === 0) return core;
  const start = state.levelStarts[0]!;
  const visit = (literal: Literal) => {
    if (state.levels[literal >> 1]! > 0) state.seen[literal >> 1] = 1;
  };
  visit(failed);
  for (let index = state.trailSize - 1; index >= start; index -= 1) {
    const literal = state.trail[index]!;
    if (!state.seen[literal >> 1]) continue;
    state.seen[literal >> 1] = 0;
    if (state.reasons[literal >> 1] === 0) core.push(literal);
    else visitReason(state, literal, visit);
  }
  return core;
}

/** The sequence 1 1 2 1 1 2 4 ... of Luby, Sinclair and Zuckerman; indices count from 1. */
function lubyNumber(index: number): number {
  let size = 1;
  while (size < index + 1) size *= 2;
  if (size === index + 1) return size / 2;
  return lubyNumber(index - size / 2 + 1);
}
