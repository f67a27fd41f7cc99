import type { VariantValue } from '../../model/lock.ts';
import { parseVersionRange } from '../../model/version-range.ts';
import { FALSE, type Literal } from '../sat/sat-state.ts';
import type { ExistingPackage } from '../solve-types.ts';
import { candidatesOf } from './candidates.ts';
import { allOf, createLiteral, not, state } from './literals.ts';
import type { Edge, PackageNode, Problem, VariantNode } from './problem.ts';
import { sameValue } from './same-value.ts';
import { targetOf } from './targets.ts';
import { versionLiterals } from './version-literals.ts';
import { addWishes } from './wishes-and-guards.ts';

/** Wishes that a package is not built where one of its name exists: that it is one of those. Its versions must be known; what is said of its variants
 * follows when they are taken into the problem. A package of which none exists costs nothing: else the fewest builds would be those with every option off. */
export function wishToReuse(problem: Problem, node: PackageNode): void {
  const uses = existingOf(problem, node).map((existing) => {
    const use = useLiteral(problem, node, existing);
    for (const literal of versionLiterals(problem, node, parseVersionRange(`=${existing.version}`)))
      state(problem, [not(use), literal]);
    for (const need of existing.needs) state(problem, [not(use), needLiteral(problem, node, need)]);
    return use;
  });
  if (uses.length === 0) return;
  const wish = createLiteral(problem, true, false);
  state(problem, [not(wish), not(node.literal), ...uses]);
  addWishes(problem, 'builds', { ladder: [wish], key: node.key, says: () => 'is to be built, though there is one' });
}

/** States what a package must need to be one that exists: what that links and runs with, and nothing else. Its directives must be known. */
export function bindReusedNeeds(problem: Problem, node: PackageNode): void {
  const existing = existingOf(problem, node);
  if (existing.length === 0) return;
  const ways = node.edges.filter(({ types }) => types.includes('link') || types.includes('run')).flatMap(waysOf);
  const open = ways.filter(({ target }) => !isFromBase(problem, target));
  for (const one of existing) {
    const use = useLiteral(problem, node, one);
    const isNeeded = (target: PackageNode) => one.needs.some(({ name }) => name === target.name);
    for (const { target, literals } of open) if (!isNeeded(target)) state(problem, [not(use), ...literals.map(not)]);
    for (const { name } of one.needs) {
      const reasons = open.filter(({ target }) => target.name === name).map(({ literals }) => allOf(problem, literals));
      state(problem, [not(use), ...reasons]);
    }
  }
}

/** A package that an edge can lead to, and the literals that say that it does. */
interface Way {
  readonly target: PackageNode;
  readonly literals: readonly Literal[];
}

function waysOf({ target, trigger }: Edge): Way[] {
  if (target.kind === 'package') return [{ target, literals: [trigger] }];
  return target.edges.map((provider) => ({ target: provider.target, literals: [trigger, provider.trigger] }));
}

/** States what values of a variant that has just been taken into the problem make a package the one that exists. */
export function bindReused(problem: Problem, node: PackageNode, variant: VariantNode): void {
  if (problem.request.reuse === undefined) return;
  for (const existing of existingOf(problem, node)) {
    const value = existingValueOf(existing, variant.declaration.name);
    if (value === undefined) continue;
    const same = sameValue(problem, variant, value) ?? FALSE;
    state(problem, [not(useLiteral(problem, node, existing)), not(variant.exists), same]);
  }
}

/** The values that a variant has in packages of the name that exist. */
export function existingValuesOf(problem: Problem, { name }: PackageNode, variant: string): VariantValue[] {
  return (problem.existing.get(name) ?? []).flatMap((existing) => existingValueOf(existing, variant) ?? []);
}

function existingValueOf({ variants }: ExistingPackage, variant: string): VariantValue | undefined {
  return Object.hasOwn(variants, variant) ? variants[variant] : undefined;
}

function existingOf({ existing }: Problem, { name }: PackageNode): readonly ExistingPackage[] {
  return existing.get(name) ?? [];
}

/** The literal that says that a package is the one that exists; made when it is first spoken of. */
function useLiteral(problem: Problem, node: PackageNode, { id }: Pick<ExistingPackage, 'id'>): Literal {
  const key = `${node.key} ${id}`;
  const known = problem.uses.get(key);
  if (known !== undefined) return known;
  const literal = createLiteral(problem, false);
  state(problem, [not(literal), node.literal]);
  problem.uses.set(key, literal);
  return literal;
}

function needLiteral(problem: Problem, node: PackageNode, need: ExistingPackage['needs'][number]): Literal {
  const target = targetOf(problem, need.name, node.world);
  if (target?.kind !== 'package') return FALSE;
  if (isFromBase(problem, target)) return FALSE;
  return useLiteral(problem, target, need);
}

function isFromBase({ request }: Problem, { name }: PackageNode): boolean {
  if (!request.externals.some((external) => external.name === name)) return false;
  return candidatesOf(request, name, request.recipe(name))[0]?.external !== undefined;
}
