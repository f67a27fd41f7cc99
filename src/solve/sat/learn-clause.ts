import type { Conflict } from './propagate.ts';
import { clauseField, type Literal, type SatState } from './sat-state.ts';
import { bumpVariable } from './variable-order.ts';

/** A clause that follows from a conflict: its first literal is true after going back to `level`. */
interface LearnedClause {
  readonly literals: Literal[];
  readonly level: number;
  /** The number of decision levels in it; fewer is better. */
  readonly quality: number;
}

/** Finds the first unique implication point of a conflict and the clause that it teaches, shortened by what the rest implies. */
export function learnClause(state: SatState, conflict: Conflict): LearnedClause {
  const literals: Literal[] = [0];
  const marked: number[] = [];
  const current = state.levelStarts.length;
  let open = 0;
  const visit = (literal: Literal) => {
    const variable = literal >> 1;
    if (state.seen[variable] || state.levels[variable] === 0) return;
    state.seen[variable] = 1;
    marked.push(variable);
    bumpVariable(state, variable);
    if (state.levels[variable] === current) open += 1;
    else literals.push(literal);
  };
  if (conflict.clause === 0) {
    visit(conflict.first);
    visit(conflict.second);
  } else visitClause(state, conflict.clause, -1, visit);
  let index = state.trailSize;
  for (;;) {
    do index -= 1;
    while (!state.seen[state.trail[index]! >> 1]);
    const literal = state.trail[index]!;
    open -= 1;
    if (open === 0) {
      literals[0] = literal ^ 1;
      break;
    }
    visitReason(state, literal, visit);
  }
  const shortened = literals.filter((literal, i) => i === 0 || !isImplied(state, literal, marked));
  for (const variable of marked) state.seen[variable] = 0;
  return placeSecondWatch(state, shortened);
}

/** Calls back for each literal, other than `literal` itself, of the clause that forced it. */
export function visitReason(state: SatState, literal: Literal, visit: (literal: Literal) => void): void {
  const reason = state.reasons[literal >> 1]!;
  if (reason < 0) visit(-reason - 1);
  else if (reason > 0) visitClause(state, reason, literal, visit);
}

function visitClause(state: SatState, clause: number, skip: Literal, visit: (literal: Literal) => void): void {
  const { arena } = state;
  const start = clause + clauseField.literals;
  const end = start + arena[clause]!;
  for (let index = start; index < end; index += 1) {
    const literal = arena[index]!;
    if (literal !== skip) visit(literal);
  }
}

/** True when a literal of a learned clause follows from the others; what was looked at is marked so that it is not looked at again. */
function isImplied(state: SatState, literal: Literal, marked: number[]): boolean {
  if (state.reasons[literal >> 1] === 0) return false;
  const stack = [literal];
  const start = marked.length;
  let implied = true;
  const visit = (other: Literal) => {
    const variable = other >> 1;
    if (!implied || state.seen[variable] || state.levels[variable] === 0) return;
    if (state.reasons[variable] === 0) {
      implied = false;
      return;
    }
    state.seen[variable] = 1;
    marked.push(variable);
    stack.push(other);
  };
  while (implied && stack.length > 0) visitReason(state, stack.pop()! ^ 1, visit);
  if (implied) return true;
  for (const variable of marked.splice(start)) state.seen[variable] = 0;
  return false;
}

function placeSecondWatch(state: SatState, literals: Literal[]): LearnedClause {
  const levels = new Set<number>();
  let latest = 1;
  for (let i = 1; i < literals.length; i += 1) {
    const level = state.levels[literals[i]! >> 1]!;
    levels.add(level);
    if (level > state.levels[literals[latest]! >> 1]!) latest = i;
  }
  if (literals.length < 2) return { literals, level: 0, quality: 1 };
  const second = literals[latest]!;
  literals[latest] = literals[1]!;
  literals[1] = second;
  return { literals, level: state.levels[second >> 1]!, quality: levels.size + 1 };
}
