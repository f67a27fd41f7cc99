import type { Literal } from '../sat/sat-state.ts';
import { addWishes, allOf, createLiteral, not, type PackageNode, type Problem, state } from './problem.ts';

/** Wishes that a tool for building is the same as the package of that name that is used, where both are in the solution. */
export function linkTwins(problem: Problem, node: PackageNode): void {
  if (!problem.split) return;
  const twin = problem.packages.get(node.world === 'build' ? node.name : `${node.name}#build`);
  if (twin?.choices === undefined || node.choices === undefined) return;
  const both = allOf(problem, [node.literal, twin.literal]);
  const differ = createLiteral(problem, false);
  const tie = (one: Literal, other: Literal) => {
    state(problem, [differ, not(both), not(one), other]);
    state(problem, [differ, not(both), one, not(other)]);
  };
  for (const [index, step] of node.choices.steps.entries()) if (index > 0) tie(step, twin.choices.steps[index]!);
  for (const [name, variant] of node.choices.variants) {
    const other = twin.choices.variants.get(name);
    for (const [value, literal] of variant.values) {
      const twinLiteral = other?.values.get(value);
      if (twinLiteral !== undefined) tie(literal, twinLiteral);
    }
  }
  addWishes(problem, 'twins', [not(differ)]);
}
