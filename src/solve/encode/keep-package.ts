import type { LockedPackage, VariantValue } from '../../model/lock.ts';
import type { Version } from '../../model/version.ts';
import { valuesOf } from './kept-solution.ts';
import { allOf, anyExpectedOf, not } from './literals.ts';
import { choicesOf, type PackageNode, type Problem, type VariantNode } from './problem.ts';
import { sameValue } from './same-value.ts';
import { addWishes } from './wishes-and-guards.ts';

/** The package of the earlier solution that a package is to stay as; a tool without an entry of its own was the same as what is used. */
export function keptPackageOf({ kept, request }: Problem, node: PackageNode): LockedPackage | undefined {
  if (request.keep === undefined) return undefined;
  const asTool = node.world === 'use' ? undefined : kept.packages.get(`${node.name}#build`);
  return kept.packages.get(node.key) ?? asTool ?? kept.packages.get(node.name);
}

/** Where the version that is to stay stands among a package's candidates; 0 where none is. */
export function keptIndexOf(problem: Problem, node: PackageNode, versions: readonly string[]): number {
  return Math.max(0, versions.indexOf(keptPackageOf(problem, node)?.version ?? ''));
}

/** Wishes that a package's version stays as it was, and that it does not become a less preferred one; or, where the package is to move, that it becomes its best. */
export function wishToKeepVersion(problem: Problem, node: PackageNode): void {
  const { candidates, steps } = choicesOf(node);
  if (candidates[0]?.external !== undefined) return;
  const { key } = node;
  const versions = candidates.map(({ version }) => version);
  if (problem.kept.moving.has(node.name)) {
    const says = (missed: number) => `${versions[missed]} rather than ${versions[0]}`;
    addWishes(problem, 'updates', { ladder: steps.slice(1).map(not), key, says });
  }
  const kept = keptPackageOf(problem, node)?.version;
  const index = kept === undefined ? -1 : versions.indexOf(kept as Version);
  if (index < 0) return;
  const worse = steps[index + 1];
  const says = () => `no longer ${kept}`;
  if (worse !== undefined) addWishes(problem, 'downgrades', { ladder: [not(worse)], key, says });
  const same = [steps[index]!, ...(worse === undefined ? [] : [not(worse)])];
  addWishes(problem, 'changes', {
    ladder: unlessAlways(problem, anyExpectedOf(problem, [not(node.literal), allOf(problem, same)])),
    key,
    says,
  });
}

/** Wishes that a variant that has just been taken into the problem keeps its value where it exists. */
export function wishToKeepValue(problem: Problem, node: PackageNode, variant: VariantNode): void {
  const value = keptValueOf(problem, node, variant.declaration.name);
  if (value === undefined) return;
  const same = sameValue(problem, variant, value);
  if (same === undefined) return;
  addWishes(problem, 'changes', {
    ladder: unlessAlways(problem, anyExpectedOf(problem, [not(variant.exists), same])),
    key: node.key,
    says: () => `no longer ${formatChoice(variant.declaration.name, value)}`,
  });
}

/** The value that a variant is to stay at; undefined where it may have any. */
export function keptValueOf(problem: Problem, node: PackageNode, variant: string): VariantValue | undefined {
  const variants = keptPackageOf(problem, node)?.variants;
  return variants !== undefined && Object.hasOwn(variants, variant) ? variants[variant] : undefined;
}

/** A variant with its value as a spec has it: `+python`, `cxxstd=17`. */
export function formatChoice(name: string, value: VariantValue): string {
  return typeof value === 'boolean' ? `${value ? '+' : '~'}${name}` : `${name}=${valuesOf(value).join(',')}`;
}

/** A ladder of one wish, or an empty one where it is always met. */
function unlessAlways({ sat }: Problem, literal: number): readonly number[] {
  return sat.values[literal]! > 0 ? [] : [literal];
}
