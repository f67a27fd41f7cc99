import { assign, clauseField, type Literal, type SatState } from './sat-state.ts';

/** What a conflict is given as: a clause of the arena, or a pair of false literals; `none` when there is no conflict. */
export interface Conflict {
  clause: number;
  first: Literal;
  second: Literal;
}

/** Draws all consequences of what was assigned; false when they contradict each other, with the conflict filled in. */
export function propagate(state: SatState, conflict: Conflict): boolean {
  while (state.propagated < state.trailSize) {
    const falsified = state.trail[state.propagated]! ^ 1;
    state.propagated += 1;
    if (!propagateBinaries(state, falsified, conflict)) return false;
    if (!propagateClauses(state, falsified, conflict)) return false;
  }
  return true;
}

function propagateBinaries(state: SatState, falsified: Literal, conflict: Conflict): boolean {
  const { values, binaryNext, binaryOther } = state;
  const reason = -(falsified + 1);
  for (let entry = state.binaryHeads[falsified]!; entry !== 0; entry = binaryNext[entry]!) {
    const other = binaryOther[entry]!;
    const value = values[other]!;
    if (value > 0) continue;
    if (value < 0) {
      conflict.clause = 0;
      conflict.first = falsified;
      conflict.second = other;
      return false;
    }
    assign(state, other, reason);
  }
  return true;
}

function propagateClauses(state: SatState, falsified: Literal, conflict: Conflict): boolean {
  const { arena, values, watchHeads } = state;
  let previous = -1;
  let clause = watchHeads[falsified]!;
  while (clause !== 0) {
    const slot = arena[clause + clauseField.literals] === falsified ? 0 : 1;
    const link = clause + clauseField.nextFirst + slot;
    const next = arena[link]!;
    const other = arena[clause + clauseField.literals + 1 - slot]!;
    const value = values[other]!;
    const replacement = value > 0 ? 0 : findReplacement(state, clause);
    if (replacement !== 0) {
      moveWatch(state, { clause, slot, replacement });
      if (previous < 0) watchHeads[falsified] = next;
      else arena[previous] = next;
    } else if (value < 0) {
      conflict.clause = clause;
      return false;
    } else {
      previous = link;
      if (value === 0) assign(state, other, clause);
    }
    clause = next;
  }
  return true;
}

/** Lets a clause watch another of its literals instead of one that has become false. */
function moveWatch(
  state: SatState,
  { clause, slot, replacement }: Record<'clause' | 'slot' | 'replacement', number>,
): void {
  const { arena, watchHeads } = state;
  const watched = clause + clauseField.literals + slot;
  const literal = arena[replacement]!;
  arena[replacement] = arena[watched]!;
  arena[watched] = literal;
  arena[clause + clauseField.nextFirst + slot] = watchHeads[literal]!;
  watchHeads[literal] = clause;
}

/** The index of a literal, behind the watched two, that is not false; 0 when there is none. */
function findReplacement(state: SatState, clause: number): number {
  const { arena, values } = state;
  const end = clause + clauseField.literals + arena[clause]!;
  for (let index = clause + clauseField.literals + 2; index < end; index += 1) {
    if (values[arena[index]!]! >= 0) return index;
  }
  return 0;
}
