import type { Literal } from '../sat/sat-state.ts';
import { addWishes, allOf, createLiteral, not, type PackageNode, type Problem, state } from './problem.ts';

/** Wishes that a tool for building is the same as the package of that name that is used, where both are in the solution. */
export function linkTwins(problem: Problem, node: PackageNode): void {
  if (!problem.split) return;
  const twin = problem.packages.get(node.world === 'build' ? node.name : `${node.name}#build`);
  if (twin?.choices === undefined || node.choices === undefined) return;
  const both = allOf(problem, [node.literal, twin.literal]);
  const differ = createLiteral(problem, false);
  const tie: Tie = (one, other) => {
    state(problem, [differ, not(both), not(one), other]);
    state(problem, [differ, not(both), one, not(other)]);
  };
  for (const [index, step] of node.choices.steps.entries()) if (index > 0) tie(step, twin.choices.steps[index]!);
  for (const [name, variants] of node.choices.variants) {
    const others = twin.choices.variants.get(name);
    for (const [index, { values }] of variants.entries()) tieValues(values, others?.[index]?.values, tie);
  }
  addWishes(problem, 'twins', [not(differ)]);
}

type Tie = (one: Literal, other: Literal) => void;

function tieValues(
  values: ReadonlyMap<string, Literal>,
  others: ReadonlyMap<string, Literal> | undefined,
  tie: Tie,
): void {
  for (const [value, literal] of values) {
    const other = others?.get(value);
    if (other !== undefined) tie(literal, other);
  }
}
