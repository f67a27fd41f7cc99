import type { Root } from '../encode/encode-roots.ts';
import { not, state } from '../encode/literals.ts';
import type { PackageNode, Problem } from '../encode/problem.ts';
import { findSolution } from '../refine/find-solution.ts';
import { isInSolution } from '../refine/model.ts';
import { propagateFixed } from '../sat/find-model.ts';
import { isFixed, type Literal } from '../sat/sat-state.ts';

/** Decides between solutions that are equally good by all criteria, package by package in the order of names, so that the result
 * does not depend on how it was searched: absent before present, then the newest version, the first value, the first provider.
 * There must be a solution. */
export function settleTies(problem: Problem, roots: readonly Root[]): void {
  const settled = new Set<Literal>();
  for (let wishes = nextWishes(problem, settled); wishes.length > 0; wishes = nextWishes(problem, settled)) {
    for (const wish of wishes) {
      settled.add(wish);
      settleWish(problem, roots, wish);
    }
  }
  for (const node of problem.packages.values()) if (node.choices === undefined) state(problem, [not(node.literal)]);
  propagateFixed(problem.sat);
}

function settleWish(problem: Problem, roots: readonly Root[], wish: Literal): void {
  if (isFixed(problem.sat, wish)) return;
  if (isFixed(problem.sat, not(wish))) return;
  if (isInSolution(problem, wish)) state(problem, [wish]);
  else if (findSolution(problem, roots, [wish])) state(problem, [wish]);
  else state(problem, [not(wish)]);
}

/** Wishes that have not been settled; more come up when packages are taken in. */
function nextWishes(problem: Problem, settled: ReadonlySet<Literal>): Literal[] {
  const nodes = [...problem.packages.values()].filter(({ choices }) => choices !== undefined);
  nodes.sort((a, b) => (a.key < b.key ? -1 : 1));
  const virtuals = [...problem.virtuals.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  const wishes = [
    ...nodes.flatMap(wishesOf),
    ...virtuals.flatMap(({ edges }) => edges.map(({ trigger }) => not(trigger)).reverse()),
  ];
  return wishes.filter((wish) => !settled.has(wish));
}

function wishesOf({ literal, choices }: PackageNode): Literal[] {
  if (choices === undefined) return [];
  const variants = [...choices.variants.values()]
    .flat()
    .sort((a, b) => (a.declaration.name < b.declaration.name ? -1 : 1));
  const values = variants.flatMap((variant) => [...variant.values.values()].reverse());
  return [literal, ...choices.steps.slice(1), ...values].map(not);
}
