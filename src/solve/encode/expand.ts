import type { VariantValue } from '../../model/lock.ts';
import { anyVersion } from '../../model/version-range.ts';
import { propagateFixed } from '../sat/find-model.ts';
import type { VariantDetails } from '../solve-types.ts';
import { candidatesOf } from './candidates.ts';
import { defineCondition, defineVirtualCondition, providesLiteral, variantsNamed } from './conditions.ts';
import { encodeRecipe } from './encode-recipe.ts';
import { encodeRules } from './encode-rules.ts';
import { keptIndexOf, keptValueOf, wishToKeepVersion } from './keep-package.ts';
import { valuesOf } from './kept-solution.ts';
import { linkTwins, tieVariants } from './link-twins.ts';
import { createLiteral, isExpected, not, state } from './literals.ts';
import { applyNeed, applyVirtualNeed } from './needs.ts';
import { preferredValue } from './preferred-value.ts';
import {
  type Candidate,
  type PackageChoices,
  type PackageNode,
  type Problem,
  type ProviderEdge,
  placeOf,
  type VirtualNode,
} from './problem.ts';
import { bindReusedNeeds, existingValuesOf, wishToReuse } from './reuse-package.ts';
import { addWishes, guardOf } from './wishes-and-guards.ts';

/** Takes all packages that are expected in the solution into the problem, and those that they are expected to need. */
export function expandQueue(problem: Problem): void {
  for (let node = problem.queue.pop(); node !== undefined; node = problem.queue.pop()) {
    if (node.choices === undefined) expandPackage(problem, node);
  }
  for (let edge = problem.unlinked.pop(); edge !== undefined; edge = problem.unlinked.pop())
    linkProvider(problem, edge);
  tieVariants(problem);
  propagateFixed(problem.sat);
}

/** Takes a package into the problem: its versions, its recipe's directives, the rules of the stack, and what was asked of it before. */
function expandPackage(problem: Problem, node: PackageNode): void {
  const recipe = problem.request.recipe(node.name);
  const candidates = candidatesOf(problem.request, node.name, recipe);
  const choices: PackageChoices = {
    recipe,
    candidates,
    steps: createSteps(problem, node, candidates),
    declarations: Map.groupBy<string, VariantDetails>(recipe?.variants ?? [], ({ name }) => name),
    variants: new Map(),
    ranges: new Map(),
    underWay: new Set(),
  };
  node.choices = choices;
  wishForVersions(problem, node, choices);
  if (candidates[0]?.external === undefined) {
    wishToKeepVersion(problem, node);
    wishToReuse(problem, node);
    if (recipe !== undefined) encodeRecipe(problem, node, recipe);
    bindReusedNeeds(problem, node);
    takeInVariants(problem, node, choices);
  }
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
    const likely = likelyPackage(problem, target);
    if (likely?.choices === undefined && isExpected(problem, trigger) && likely !== undefined)
      problem.queue.push(likely);
  }
}

/** The package that is expected to be chosen for a name. */
export function likelyPackage(problem: Problem, target: PackageNode | VirtualNode): PackageNode | undefined {
  if (target.kind === 'package') return target;
  return target.edges.find(({ trigger }) => isExpected(problem, trigger))?.target;
}

/** Takes in those variants of which something other than what is preferred is wished: where they were so before, or are in a package that exists. */
function takeInVariants(problem: Problem, node: PackageNode, { declarations }: PackageChoices): void {
  if (problem.request.keep === undefined && !problem.existing.has(node.name)) return;
  for (const [name, named] of declarations) {
    const wished = [
      keptValueOf(problem, node, name) ?? [],
      existingValuesOf(problem, node, name),
    ].flat() as VariantValue[];
    const isOther = (value: VariantValue) =>
      named.some((one) => {
        const preferred = preferredValue(problem.request, node.name, one).values;
        return preferred.toSorted().join() !== valuesOf(value).toSorted().join();
      });
    if (wished.some(isOther)) variantsNamed(problem, node, name);
  }
}

/** A literal for each candidate that says that it or a less preferred one is chosen. */
function createSteps(problem: Problem, node: PackageNode, candidates: readonly Candidate[]): number[] {
  if (candidates.length === 0) {
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
  const kept = keptIndexOf(
    problem,
    node,
    candidates.map(({ version }) => version),
  );
  for (let index = 1; index < candidates.length; index += 1) {
    const step = createLiteral(problem, index <= kept, false);
    state(problem, [not(step), steps[index - 1]!]);
    steps.push(step);
  }
  return steps;
}

function wishForVersions(problem: Problem, node: PackageNode, { candidates, steps }: PackageChoices): void {
  const isExternal = candidates[0]?.external !== undefined;
  const unwelcome = candidates.findIndex(({ tier }) => tier > (candidates[0]?.tier ?? 0));
  const { key } = node;
  const says = (missed: number) => `${candidates[missed]!.version} rather than ${candidates[0]!.version}`;
  if (unwelcome > 0) {
    const tells = () =>
      candidates[unwelcome]!.tier === 2 ? 'is a deprecated version' : 'is a moving or deprecated version';
    addWishes(problem, 'unwelcome versions', { ladder: [not(steps[unwelcome]!)], key, says: tells });
  }
  const isRoot = problem.rootNames.has(node.name) && (node.world === 'use' || !problem.split);
  addWishes(problem, isRoot ? 'versions of roots' : 'versions', { ladder: steps.slice(1).map(not), key, says });
  if (!isExternal) addWishes(problem, 'packages', { ladder: [not(node.literal)], key, says: () => 'is there' });
}

function linkProvider(problem: Problem, edge: ProviderEdge): void {
  if (edge.linked) return;
  edge.linked = true;
  const { virtual } = edge;
  state(problem, [not(edge.guard), not(edge.trigger), providesLiteral(problem, edge, anyVersion)]);
  for (const condition of virtual.conditions) defineVirtualCondition(problem, edge, condition);
  for (const need of virtual.needs) applyVirtualNeed(problem, edge, need);
}
