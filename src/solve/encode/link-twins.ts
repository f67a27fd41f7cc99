import type { Literal } from '../sat/sat-state.ts';
import { variantsNamed } from './conditions.ts';
import { allOf, createLiteral, not, state } from './literals.ts';
import { choicesOf, type PackageNode, type Problem, type TwinPair, type VariantNode } from './problem.ts';
import { valueLiterals } from './variant-values.ts';
import { addWishes } from './wishes-and-guards.ts';

/** Wishes that a package is the same wherever it is: as what is used and as a tool for building. */
export function linkTwins(problem: Problem, node: PackageNode): void {
  if (!problem.split || node.choices === undefined) return;
  for (const twin of problem.packages.values()) {
    if (twin.name === node.name && twin !== node && twin.choices !== undefined) linkPair(problem, node, twin);
  }
}

function linkPair(problem: Problem, node: PackageNode, twin: PackageNode): void {
  const differ = createLiteral(problem, false);
  const both = allOf(problem, [node.literal, twin.literal]);
  const pair: TwinPair = { nodes: [node, twin], both, differ, tied: new Set() };
  const { steps, declarations } = choicesOf(node);
  for (const [index, step] of steps.entries()) if (index > 0) tie(problem, pair, [step, choicesOf(twin).steps[index]!]);
  // whether such a variant exists may depend on what else is there, which can differ where all that is looked at is the same
  for (const [name, named] of declarations)
    if (named.some(({ when }) => when !== undefined)) variantsNamed(problem, node, name);
  problem.twins.push(pair);
  addWishes(problem, 'twins', {
    ladder: [not(differ)],
    key: node.name,
    says: () => 'as a tool for building differs from what is used, or from another tool',
  });
}

/** Ties the variants of twins that by now something looks at in one of them; in the other one they are then looked at, too. */
export function tieVariants(problem: Problem): void {
  for (const pair of problem.twins) {
    if (pair.nodes.some((node) => choicesOf(node).candidates[0]?.external !== undefined)) continue;
    const names = pair.nodes.flatMap((node) => [...choicesOf(node).variants.keys()]);
    for (const name of new Set(names)) tieVariant(problem, pair, name);
  }
}

function tieVariant(problem: Problem, pair: TwinPair, name: string): void {
  const [variants = [], others = []] = pair.nodes.map((node) => variantsNamed(problem, node, name));
  for (const [index, variant] of variants.entries()) {
    const other = others[index]!;
    for (const value of new Set([...variant.values.keys(), ...other.values.keys()])) {
      const key = `${index} ${name}=${value}`;
      if (pair.tied.has(key)) continue;
      pair.tied.add(key);
      tie(problem, pair, [literalOf(problem, variant, value), literalOf(problem, other, value)]);
    }
  }
}

function literalOf(problem: Problem, variant: VariantNode, value: string): Literal {
  return variant.values.get(value) ?? valueLiterals(problem, variant, [value])[0]!;
}

function tie(problem: Problem, { both, differ }: TwinPair, [one, other]: readonly [Literal, Literal]): void {
  state(problem, [differ, not(both), not(one), other]);
  state(problem, [differ, not(both), one, not(other)]);
}
