/** A literal: twice the number of its variable, plus one when it is negated. */
export type Literal = number;

/** The literal that always holds; variable 0 is reserved for it. */
export const TRUE: Literal = 0;

/** The literal that never holds. */
export const FALSE: Literal = 1;

/** Offsets in a clause's record in the arena: number of literals, learned clause's quality (0: given), the next
 * clause in the watch list of its first and of its second literal, then the literals; the first two are watched. */
export const clauseField = { size: 0, quality: 1, nextFirst: 2, nextSecond: 3, literals: 4 } as const;

/** Everything a satisfiability search knows. Clauses of two literals are kept as implications in linked lists,
 * longer ones in one arena with their watch lists threaded through it (after PicoSAT), so nothing is allocated in the inner loop. */
export interface SatState {
  variables: number;
  /** By literal: 1 holds, -1 does not, 0 open. */
  values: Int8Array;
  /** By variable: the decision level at which it was assigned. */
  levels: Int32Array;
  /** By variable: 0 for a decision; a clause of the arena; or -(literal + 1) for an implication by that false literal. */
  reasons: Int32Array;
  /** By variable: the value that a search tries first, 1 for true. It stays: what is preferred is the best guess, and most of all absence. */
  phases: Int8Array;
  seen: Int8Array;
  trail: Int32Array;
  trailSize: number;
  propagated: number;
  /** Where each decision level begins on the trail. */
  levelStarts: number[];
  arena: Int32Array;
  arenaSize: number;
  /** By literal: the first clause that watches it, 0 for none. */
  watchHeads: Int32Array;
  /** By literal: the first of its two-literal clauses, 0 for none. */
  binaryHeads: Int32Array;
  binaryNext: Int32Array;
  binaryOther: Int32Array;
  binarySize: number;
  /** Clauses of the arena that were learned and may be forgotten. */
  learned: number[];
  activity: Float64Array;
  activityStep: number;
  heap: Int32Array;
  heapSize: number;
  /** By variable: its index in the heap, -1 when it is not there. */
  heapIndex: Int32Array;
  /** False once the clauses contradict each other without any assumption. */
  consistent: boolean;
  /** By literal, 1 where the last model makes it true. */
  model: Int8Array;
  /** The assumptions that the last failed search proved to be in conflict. */
  core: Literal[];
  conflicts: number;
}

/** A search state with no variables but the constant. */
export function createSatState(capacity = 1024): SatState {
  const state: SatState = {
    variables: 0,
    values: new Int8Array(2 * capacity),
    levels: new Int32Array(capacity),
    reasons: new Int32Array(capacity),
    phases: new Int8Array(capacity),
    seen: new Int8Array(capacity),
    trail: new Int32Array(capacity),
    trailSize: 0,
    propagated: 0,
    levelStarts: [],
    arena: new Int32Array(16 * capacity),
    arenaSize: 1,
    watchHeads: new Int32Array(2 * capacity),
    binaryHeads: new Int32Array(2 * capacity),
    binaryNext: new Int32Array(8 * capacity),
    binaryOther: new Int32Array(8 * capacity),
    binarySize: 1,
    learned: [],
    activity: new Float64Array(capacity),
    activityStep: 1,
    heap: new Int32Array(capacity),
    heapSize: 0,
    heapIndex: new Int32Array(capacity),
    consistent: true,
    model: new Int8Array(2 * capacity),
    core: [],
    conflicts: 0,
  };
  const constant = addVariable(state, true);
  assign(state, constant, 0);
  return state;
}

/** Adds a variable and gives its positive literal; `phase` is the value that a search tries first. */
export function addVariable(state: SatState, phase = false): Literal {
  const variable = state.variables;
  if (variable === state.levels.length) growVariables(state);
  state.variables += 1;
  state.phases[variable] = phase ? 1 : 0;
  state.heap[state.heapSize] = variable;
  state.heapIndex[variable] = state.heapSize;
  state.heapSize += 1;
  return 2 * variable;
}

/** Makes a literal true at the present level, for the given reason. It must be open. */
export function assign(state: SatState, literal: Literal, reason: number): void {
  const variable = literal >> 1;
  state.values[literal] = 1;
  state.values[literal ^ 1] = -1;
  state.levels[variable] = state.levelStarts.length;
  state.reasons[variable] = reason;
  state.trail[state.trailSize] = literal;
  state.trailSize += 1;
}

/** True when a literal holds whatever is assumed. Only meaningful outside a search. */
export function isFixed(state: SatState, literal: Literal): boolean {
  return state.values[literal]! > 0 && state.levels[literal >> 1] === 0;
}

/** A copy of a typed array with room for at least `length` entries. */
export function grow<Items extends Int8Array | Int32Array | Float64Array>(items: Items, length: number): Items {
  const larger = new (items.constructor as new (size: number) => Items)(Math.max(length, 2 * items.length));
  larger.set(items as never);
  return larger;
}

function growVariables(state: SatState): void {
  const capacity = 2 * state.levels.length;
  for (const key of ['levels', 'reasons', 'trail', 'heap', 'heapIndex'] as const)
    state[key] = grow(state[key], capacity);
  for (const key of ['phases', 'seen'] as const) state[key] = grow(state[key], capacity);
  for (const key of ['values', 'model'] as const) state[key] = grow(state[key], 2 * capacity);
  for (const key of ['watchHeads', 'binaryHeads'] as const) state[key] = grow(state[key], 2 * capacity);
  state.activity = grow(state.activity, capacity);
}
