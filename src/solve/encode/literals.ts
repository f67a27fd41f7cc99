import { addClause } from '../sat/add-clause.ts';
import { addVariable, FALSE, type Literal, TRUE } from '../sat/sat-state.ts';
import type { Problem } from './problem.ts';

/** The opposite of a literal. */
export function not(literal: Literal): Literal {
  return literal ^ 1;
}

/** A new variable; `expected` is its value where everything is as preferred. */
export function createLiteral(problem: Problem, expected: boolean, phase = expected): Literal {
  problem.expected.push(expected);
  return addVariable(problem.sat, phase);
}

/** True when a literal holds where everything is as preferred. */
export function isExpected(problem: Problem, literal: Literal): boolean {
  return problem.expected[literal >> 1] !== ((literal & 1) === 1);
}

/** States that at least one of the literals holds. */
export function state(problem: Problem, literals: readonly Literal[]): void {
  addClause(problem.sat, literals);
}

/** The literal that holds exactly where all the given ones do; a search first tries that it does not. */
export function allOf(problem: Problem, literals: readonly Literal[]): Literal {
  return conjunctionOf(problem, literals, false);
}

/** The literal that holds exactly where one or more of the given ones do; a search first tries that it does not. */
export function anyOf(problem: Problem, literals: readonly Literal[]): Literal {
  return not(conjunctionOf(problem, literals.map(not), true));
}

/** As `anyOf`, for what does not need the package to be there: a search first tries what holds where everything is as preferred. */
export function anyExpectedOf(problem: Problem, literals: readonly Literal[]): Literal {
  return not(conjunctionOf(problem, literals.map(not)));
}

function conjunctionOf(problem: Problem, literals: readonly Literal[], phase?: boolean): Literal {
  const { sat } = problem;
  const open = new Set<Literal>();
  for (const literal of literals) {
    const value = sat.values[literal]!;
    if (value < 0 || open.has(not(literal))) return FALSE;
    if (value === 0) open.add(literal);
  }
  const parts = [...open].sort((a, b) => a - b);
  if (parts.length < 2) return parts[0] ?? TRUE;
  const key = parts.join();
  const known = problem.conjunctions.get(key);
  if (known !== undefined) return known;
  const expected = parts.every((literal) => isExpected(problem, literal));
  const conjunction = createLiteral(problem, expected, phase);
  for (const literal of parts) state(problem, [not(conjunction), literal]);
  state(problem, [conjunction, ...parts.map(not)]);
  problem.conjunctions.set(key, conjunction);
  return conjunction;
}
