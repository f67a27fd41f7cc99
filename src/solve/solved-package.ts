import type { LockReason, VariantValue } from '../model/lock.ts';
import type { DependencyType } from '../model/recipe.ts';
import type { Candidate, PackageNode } from './encode/problem.ts';

/** A package of the solution while its lock entry is being put together. */
export interface SolvedPackage {
  readonly node: PackageNode;
  readonly candidate: Candidate;
  readonly variants: Readonly<Record<string, VariantValue>>;
  readonly dependencies: Map<PackageNode, Set<DependencyType>>;
  readonly reasons: Map<string, LockReason>;
}
