import type { PackageName } from '../../model/names.ts';
import { not, state } from '../encode/literals.ts';
import type { PackageNode, Problem, VariantNode } from '../encode/problem.ts';
import { isInModel } from './model.ts';
import { newcomers, takeInLeadingTo } from './take-in-reasons.ts';

/** Forbids values that nobody asks for: of a variant with free text one that nobody mentioned, of a sticky one a departure from its default. Before that,
 * all that could ask for it is taken in. False when the last model has none. */
export function forbidUnasked(problem: Problem): boolean {
  let found = false;
  for (const node of problem.packages.values()) {
    for (const variant of [...(node.choices?.variants.values() ?? [])].flat()) {
      const { other, unknownAsker } = variant;
      const unasked = [other, unknownAsker].filter((one) => one !== undefined && isInModel(problem, one));
      if (unasked.length === 0) continue;
      found = true;
      if (takeInAskers(problem, node, variant)) return true;
      for (const literal of unasked) state(problem, [not(literal!)]);
    }
  }
  return found;
}

/** Takes in the packages that could ask for a value of a variant; false when there are no others. */
function takeInAskers(problem: Problem, node: PackageNode, { declaration }: VariantNode): boolean {
  const goals = askersAmongNewcomers(problem, node, declaration.name);
  if (goals.size === 0) return false;
  const before = problem.packages.size + countTakenIn(problem);
  takeInLeadingTo(problem, goals);
  return problem.packages.size + countTakenIn(problem) > before;
}

function countTakenIn({ packages }: Problem): number {
  return [...packages.values()].filter(({ choices }) => choices !== undefined).length;
}

/** Names of packages, not taken in yet, whose recipes ask for a value of the variant. */
function askersAmongNewcomers(problem: Problem, node: PackageNode, variant: string): Set<PackageName> {
  const { request } = problem;
  const names = new Set<string>([node.name, ...node.roles.map(({ virtual }) => virtual.name)]);
  const goals = new Set<PackageName>();
  const seen = new Set(newcomers(problem).map(({ name }) => name));
  for (const name of seen) {
    const recipe = request.recipe(name);
    for (const provider of recipe === undefined ? request.providers(name) : []) seen.add(provider);
    for (const { spec } of recipe?.dependencies ?? []) {
      if (spec.name !== undefined) seen.add(spec.name);
      const asks = [spec, ...spec.dependencies].some(
        (one) => one.name !== undefined && names.has(one.name) && Object.hasOwn(one.variants, variant),
      );
      if (asks) goals.add(name);
    }
  }
  return goals;
}
