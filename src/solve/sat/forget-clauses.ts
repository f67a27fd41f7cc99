import { watchClause } from './add-clause.ts';
import { clauseField, type SatState } from './sat-state.ts';

const keepAlways = 2;
const firstLimit = 4000;

/** Drops the worse half of the learned clauses when there are many, and closes the gaps. Only outside a search. */
export function forgetClauses(state: SatState): void {
  if (state.learned.length < firstLimit + 0.1 * state.conflicts) return;
  const { arena } = state;
  const candidates = state.learned.filter((clause) => arena[clause + clauseField.quality]! > keepAlways);
  candidates.sort((a, b) => arena[b + clauseField.quality]! - arena[a + clauseField.quality]! || a - b);
  for (const clause of candidates.slice(0, candidates.length >> 1)) arena[clause + clauseField.quality] = -1;
  compactArena(state);
}

function compactArena(state: SatState): void {
  const { arena } = state;
  const end = state.arenaSize;
  state.learned = [];
  state.watchHeads.fill(0);
  for (const literal of state.trail.subarray(0, state.trailSize)) state.reasons[literal >> 1] = 0;
  let target = 1;
  for (let source = 1; source < end; ) {
    const length = clauseField.literals + arena[source]!;
    const quality = arena[source + clauseField.quality]!;
    if (quality >= 0) {
      arena.copyWithin(target, source, source + length);
      watchClause(state, target);
      if (quality > 0) state.learned.push(target);
      target += length;
    }
    source += length;
  }
  state.arenaSize = target;
}
