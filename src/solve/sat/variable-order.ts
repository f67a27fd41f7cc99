import type { SatState } from './sat-state.ts';

/** Raises a variable's activity, so that it is decided earlier. */
export function bumpVariable(state: SatState, variable: number): void {
  const raised = state.activity[variable]! + state.activityStep;
  state.activity[variable] = raised;
  if (raised > 1e100) rescaleActivities(state);
  const index = state.heapIndex[variable]!;
  if (index >= 0) siftUp(state, index);
}

/** Puts a variable back among those to decide. */
export function offerVariable(state: SatState, variable: number): void {
  if (state.heapIndex[variable]! >= 0) return;
  state.heap[state.heapSize] = variable;
  state.heapIndex[variable] = state.heapSize;
  state.heapSize += 1;
  siftUp(state, state.heapSize - 1);
}

/** Takes the most active variable that is open; -1 when all are assigned. Of equals, the one added first. */
export function takeVariable(state: SatState): number {
  while (state.heapSize > 0) {
    const variable = state.heap[0]!;
    removeFirst(state);
    if (state.values[2 * variable] === 0) return variable;
  }
  return -1;
}

function removeFirst(state: SatState): void {
  const { heap, heapIndex } = state;
  heapIndex[heap[0]!] = -1;
  state.heapSize -= 1;
  if (state.heapSize === 0) return;
  heap[0] = heap[state.heapSize]!;
  heapIndex[heap[0]] = 0;
  siftDown(state, 0);
}

function isBefore(state: SatState, a: number, b: number): boolean {
  const difference = state.activity[a]! - state.activity[b]!;
  return difference > 0 || (difference === 0 && a < b);
}

function siftUp(state: SatState, start: number): void {
  const { heap, heapIndex } = state;
  const variable = heap[start]!;
  let index = start;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent]!;
    if (!isBefore(state, variable, above)) break;
    heap[index] = above;
    heapIndex[above] = index;
    index = parent;
  }
  heap[index] = variable;
  heapIndex[variable] = index;
}

function siftDown(state: SatState, start: number): void {
  const { heap, heapIndex, heapSize } = state;
  const variable = heap[start]!;
  let index = start;
  for (let child = 2 * index + 1; child < heapSize; child = 2 * index + 1) {
    if (child + 1 < heapSize && isBefore(state, heap[child + 1]!, heap[child]!)) child += 1;
    const below = heap[child]!;
    if (!isBefore(state, below, variable)) break;
    heap[index] = below;
    heapIndex[below] = index;
    index = child;
  }
  heap[index] = variable;
  heapIndex[variable] = index;
}

function rescaleActivities(state: SatState): void {
  for (let variable = 0; variable < state.variables; variable += 1) state.activity[variable]! *= 1e-100;
  state.activityStep *= 1e-100;
}
