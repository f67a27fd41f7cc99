import type { VariantValue } from '../../model/lock.ts';
import type { Literal } from '../sat/sat-state.ts';
import { valuesOf } from './kept-solution.ts';
import { allOf, not } from './literals.ts';
import type { Problem, VariantNode } from './problem.ts';

/** The literal that says that a variant has exactly a value; undefined where it cannot. */
export function sameValue(problem: Problem, variant: VariantNode, value: VariantValue): Literal | undefined {
  const { declaration, values } = variant;
  if ((declaration.kind === 'bool') !== (typeof value === 'boolean')) return undefined;
  const wanted = valuesOf(value);
  const literals = wanted.map((one) => values.get(one));
  if (literals.includes(undefined)) return undefined;
  const others = [...values].filter(([one]) => !wanted.includes(one)).map(([, literal]) => not(literal));
  return allOf(problem, [...(literals as Literal[]), ...(declaration.kind === 'multi' ? others : [])]);
}
