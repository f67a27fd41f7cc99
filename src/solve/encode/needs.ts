import { formatSpec } from '../../model/format-spec.ts';
import { satisfiesPlatform } from '../../model/match-spec.ts';
import type { PackageName } from '../../model/names.ts';
import type { Spec } from '../../model/spec.ts';
import { anyVersion, formatVersionRange, isAnyVersion } from '../../model/version-range.ts';
import { FALSE, type Literal } from '../sat/sat-state.ts';
import { ownConditions, providesLiteral, variantLiterals } from './conditions.ts';
import { describeVariant, describeVersions } from './describe-choices.ts';
import { not, state } from './literals.ts';
import {
  type Need,
  type PackageNode,
  type Problem,
  type ProviderEdge,
  placeOf,
  type VirtualNode,
  type World,
} from './problem.ts';
import { recordAsker } from './sticky-variant.ts';
import { isMetByPlatform, targetOf, worldSeenFrom } from './targets.ts';
import { versionLiterals } from './version-literals.ts';
import { guardOf } from './wishes-and-guards.ts';

/** States that where all premises are false a spec is met: its package is in the solution and as asked, and so are those behind `^`.
 * Gives what the spec's name stands for; undefined where that is nothing, or the platform itself. */
export function requireSpec(
  problem: Problem,
  spec: Spec & { readonly name: PackageName },
  { premises, world }: { premises: readonly Literal[]; world: World },
): PackageNode | VirtualNode | undefined {
  for (const dependency of spec.dependencies) {
    const { name } = dependency;
    if (name === undefined) continue;
    const below = worldSeenFrom(problem, { name: spec.name, world }, name);
    requireSpec(problem, { ...dependency, name }, { premises, world: below });
  }
  const target = targetOf(problem, spec.name, world);
  if (target === undefined) {
    if (!isMetByPlatform(spec.name)) state(problem, premises);
    return undefined;
  }
  state(problem, [...premises, target.literal]);
  addNeed(problem, target, { premises, spec });
  return target;
}

function addNeed(problem: Problem, target: PackageNode | VirtualNode, need: Need): void {
  if (target.kind === 'virtual') {
    target.needs.push(need);
    for (const edge of target.edges) if (edge.linked) applyVirtualNeed(problem, edge, need);
  } else if (target.choices === undefined) target.needs.push(need);
  else applyNeed(problem, target, need);
}

/** States that a package is as asked, where all premises are false. Its choices must be known. */
export function applyNeed(problem: Problem, node: PackageNode, { premises, spec }: Need): void {
  stateEach(problem, versionLiterals(problem, node, spec.versions), premises, () => ({
    from: node.name,
    says: describeVersions(node, formatVersionRange(spec.versions)),
    node,
  }));
  for (const name of Object.keys(spec.variants)) {
    stateEach(problem, variantLiterals(problem, node, name, spec.variants[name]!), premises, () => ({
      from: node.name,
      says: describeVariant(node, name, spec.variants[name]!),
      node,
    }));
    recordAsker(problem, node, name, premises);
  }
  if (!satisfiesPlatform(spec.platform, problem.request.facts)) {
    stateEach(problem, [FALSE], premises, () => ({ from: 'platform', says: describePlatform(problem, spec) }));
  }
}

/** States that a virtual is as asked where one provider is chosen and all premises are false. */
export function applyVirtualNeed(problem: Problem, edge: ProviderEdge, { premises, spec }: Need): void {
  const chosen = [...premises, not(edge.trigger)];
  if (!isAnyVersion(spec.versions)) state(problem, [...chosen, providesLiteral(problem, edge, spec.versions)]);
  for (const literal of ownConditions(problem, edge.target, { ...spec, versions: anyVersion }))
    state(problem, [...chosen, literal]);
  for (const name of Object.keys(spec.variants)) recordAsker(problem, edge.target, name, chosen);
}

interface Fact {
  readonly from: string;
  readonly says: string;
  readonly node?: PackageNode;
}

/** States each literal under the premises; what makes one impossible becomes a fact that an explanation can name. */
function stateEach(
  problem: Problem,
  literals: readonly Literal[],
  premises: readonly Literal[],
  describe: () => Fact,
): void {
  for (const literal of literals) {
    if (literal !== FALSE) state(problem, [...premises, literal]);
    else state(problem, [not(factGuard(problem, describe)), ...premises]);
  }
}

function factGuard(problem: Problem, describe: () => Fact): Literal {
  return guardOf(problem, () => {
    const { from, says, node } = describe();
    return { kind: 'fact', from, owner: from, says, mentions: [from], ...(node !== undefined && placeOf(node)) };
  });
}

function describePlatform({ request: { facts } }: Problem, spec: Spec): string {
  const { arch, os, compiler } = facts;
  const asked = formatSpec({ versions: anyVersion, variants: {}, platform: spec.platform, dependencies: [] });
  return `is ${arch}, ${os}, ${compiler.name} ${compiler.version}, not ${asked}`;
}
