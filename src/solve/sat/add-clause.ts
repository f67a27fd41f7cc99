import { assign, clauseField, grow, type Literal, type SatState } from './sat-state.ts';

/** Adds a clause: at least one of the literals holds. Only outside a search (no decision is made).
 * Literals that are decided already are left out; the state becomes inconsistent when nothing remains. */
export function addClause(state: SatState, literals: readonly Literal[]): void {
  if (!state.consistent) return;
  const kept = simplifyClause(state, literals);
  if (kept === undefined) return;
  const [first, second] = kept;
  if (first === undefined) state.consistent = false;
  else if (second === undefined) assign(state, first, 0);
  else if (kept.length === 2) addBinary(state, first, second);
  else addLongClause(state, kept, 0);
}

/** The open literals of a clause without repetition, or nothing when it holds anyway. */
function simplifyClause(state: SatState, literals: readonly Literal[]): Literal[] | undefined {
  const kept: Literal[] = [];
  for (const literal of literals) {
    const value = state.values[literal]!;
    if (value > 0) return undefined;
    if (value < 0 || kept.includes(literal)) continue;
    if (kept.includes(literal ^ 1)) return undefined;
    kept.push(literal);
  }
  return kept;
}

/** Stores a clause of two literals as an implication in each direction. */
export function addBinary(state: SatState, first: Literal, second: Literal): void {
  if (state.binarySize + 2 > state.binaryNext.length) {
    state.binaryNext = grow(state.binaryNext, state.binarySize + 2);
    state.binaryOther = grow(state.binaryOther, state.binarySize + 2);
  }
  linkBinary(state, first, second);
  linkBinary(state, second, first);
}

function linkBinary(state: SatState, literal: Literal, other: Literal): void {
  const entry = state.binarySize;
  state.binaryOther[entry] = other;
  state.binaryNext[entry] = state.binaryHeads[literal]!;
  state.binaryHeads[literal] = entry;
  state.binarySize += 1;
}

/** Stores a clause of three or more literals and watches the first two; `quality` is 0 for a given clause,
 * otherwise the number of decision levels in it. Gives the clause's reference. */
export function addLongClause(state: SatState, literals: readonly Literal[], quality: number): number {
  const clause = state.arenaSize;
  const end = clause + clauseField.literals + literals.length;
  if (end > state.arena.length) state.arena = grow(state.arena, end);
  state.arena[clause + clauseField.size] = literals.length;
  state.arena[clause + clauseField.quality] = quality;
  for (let i = 0; i < literals.length; i += 1) state.arena[clause + clauseField.literals + i] = literals[i]!;
  state.arenaSize = end;
  watchClause(state, clause);
  if (quality > 0) state.learned.push(clause);
  return clause;
}

/** Puts a clause into the watch lists of its first two literals. */
export function watchClause(state: SatState, clause: number): void {
  const { arena, watchHeads } = state;
  const first = arena[clause + clauseField.literals]!;
  const second = arena[clause + clauseField.literals + 1]!;
  arena[clause + clauseField.nextFirst] = watchHeads[first]!;
  watchHeads[first] = clause;
  arena[clause + clauseField.nextSecond] = watchHeads[second]!;
  watchHeads[second] = clause;
}
