import { anyVersion } from '../../model/version-range.ts';
import { propagateFixed } from '../sat/find-model.ts';
import type { VariantDetails } from '../solve-types.ts';
import { candidatesOf } from './candidates.ts';
import { defineCondition, defineVirtualCondition, providesLiteral } from './conditions.ts';
import { encodeRecipe } from './encode-recipe.ts';
import { encodeRules } from './encode-rules.ts';
import { linkTwins } from './link-twins.ts';
import { applyNeed, applyVirtualNeed } from './needs.ts';
import {
  addWishes,
  createLiteral,
  guardOf,
  isExpected,
  not,
  type PackageChoices,
  type PackageNode,
  type Problem,
  type ProviderEdge,
  placeOf,
  state,
} from './problem.ts';

/** Takes all packages that are expected in the solution into the problem, and those that they are expected to need. */
export function expandQueue(problem: Problem): void {
  for (let node = problem.queue.pop(); node !== undefined; node = problem.queue.pop()) {
    if (node.choices === undefined) expandPackage(problem, node);
  }
  for (let edge = problem.unlinked.pop(); edge !== undefined; edge = problem.unlinked.pop())
    linkProvider(problem, edge);
  propagateFixed(problem.sat);
}

/** Takes a package into the problem: its versions, its recipe's directives, the rules of the stack, and what was asked of it before. */
function expandPackage(problem: Problem, node: PackageNode): void {
  const recipe = problem.request.recipe(node.name);
  const candidates = candidatesOf(problem.request, node.name, recipe);
  const choices: PackageChoices = {
    recipe,
    candidates,
    steps: createSteps(problem, node, candidates.length),
    declarations: Map.groupBy<string, VariantDetails>(recipe?.variants ?? [], ({ name }) => name),
    variants: new Map(),
    ranges: new Map(),
    underWay: new Set(),
  };
  node.choices = choices;
  wishForVersions(problem, node, choices);
  if (recipe !== undefined && candidates[0]?.external === undefined) encodeRecipe(problem, node, recipe);
  encodeRules(problem, node);
  for (const condition of node.conditions.splice(0)) defineCondition(problem, node, condition);
  for (const need of node.needs.splice(0)) applyNeed(problem, node, need);
  for (const edge of node.roles) linkProvider(problem, edge);
  linkTwins(problem, node);
  queueExpected(problem, node);
}

/** Puts what a package is expected to need on the queue. */
function queueExpected(problem: Problem, node: PackageNode): void {
  for (const { trigger, target } of node.edges) {
    const likely = target.kind === 'package' ? target : target.edges[0]?.target;
    if (likely?.choices === undefined && isExpected(problem, trigger) && likely !== undefined)
      problem.queue.push(likely);
  }
}

/** A literal for each candidate that says that it or a less preferred one is chosen. */
function createSteps(problem: Problem, node: PackageNode, count: number): number[] {
  if (count === 0) {
    const guard = guardOf(problem, () => ({
      kind: 'fact',
      from: node.name,
      owner: node.name,
      says: 'has no version',
      mentions: [],
      ...placeOf(node),
    }));
    state(problem, [not(guard), not(node.literal)]);
  }
  const steps = [node.literal];
  for (let index = 1; index < count; index += 1) {
    const step = createLiteral(problem, false);
    state(problem, [not(step), steps[index - 1]!]);
    steps.push(step);
  }
  return steps;
}

function wishForVersions(problem: Problem, node: PackageNode, { candidates, steps }: PackageChoices): void {
  const isExternal = candidates[0]?.external !== undefined;
  const unwelcome = candidates.findIndex(({ tier }) => tier > (candidates[0]?.tier ?? 0));
  if (unwelcome > 0) addWishes(problem, 'unwelcome versions', [not(steps[unwelcome]!)]);
  const isRoot = problem.rootNames.has(node.name) && (node.world === 'use' || !problem.split);
  addWishes(problem, isRoot ? 'versions of roots' : 'versions', steps.slice(1).map(not));
  if (!isExternal) addWishes(problem, 'packages', [not(node.literal)]);
}

function linkProvider(problem: Problem, edge: ProviderEdge): void {
  if (edge.linked) return;
  edge.linked = true;
  const { virtual } = edge;
  state(problem, [not(edge.guard), not(edge.trigger), providesLiteral(problem, edge, anyVersion)]);
  for (const condition of virtual.conditions) defineVirtualCondition(problem, edge, condition);
  for (const need of virtual.needs) applyVirtualNeed(problem, edge, need);
}
