import type { LockedPackage } from '../../model/lock.ts';
import type { BuildHash } from '../../model/names.ts';
import type { Platform } from '../../model/platform.ts';
import type { DependencyType } from '../../model/recipe.ts';
import type { EvaluatedRecipe } from '../../recipes/evaluate-recipe.ts';

/** A package of the stack on one platform, evaluated: what it is, how it is built, and by which hash it is known. */
export interface FarmNode {
  /** The platform's name, a slash and the key in the lock. */
  readonly key: string;
  readonly platform: Platform;
  readonly platformName: string;
  readonly locked: LockedPackage;
  readonly dependencies: readonly FarmEdge[];
  /** Absent for an external. */
  readonly built?: BuiltNode;
}

/** A direct dependency of a node. */
export interface FarmEdge {
  readonly node: FarmNode;
  readonly types: readonly DependencyType[];
}

/** What only a node that is built has. */
export interface BuiltNode {
  readonly evaluated: EvaluatedRecipe;
  /** Canonical JSON of what the build hash is taken over. */
  readonly identity: string;
  readonly buildHash: BuildHash;
  readonly storeName: string;
}

/** A node that is built, not taken from the base. */
export type BuildableNode = FarmNode & { readonly built: BuiltNode };

/** True for a node that is built. */
export function isBuildable(node: FarmNode): node is BuildableNode {
  return node.built !== undefined;
}

/** The node's name as people say it: `zlib@1.2.13`. */
export function titleOf({ locked }: FarmNode): string {
  return `${locked.name}@${locked.version}`;
}

/** What a node needs when it is used: what it links and runs with, and what those need; without itself, each once, externals left out. */
export function runClosureOf(node: FarmNode): readonly BuildableNode[] {
  const found = new Map<string, BuildableNode>();
  const visit = (from: FarmNode) => {
    for (const { node: next, types } of from.dependencies) {
      if (!isBuildable(next) || found.has(next.key) || !types.some((type) => type === 'link' || type === 'run'))
        continue;
      found.set(next.key, next);
      visit(next);
    }
  };
  visit(node);
  return [...found.values()];
}

/** What a build sees: its direct dependencies for building, linking or running, and what those need to run. */
export function buildClosureOf(node: FarmNode): readonly BuildableNode[] {
  const found = new Map<string, BuildableNode>();
  for (const { node: next, types } of node.dependencies) {
    if (!isBuildable(next) || !types.some((type) => type !== 'test')) continue;
    found.set(next.key, next);
    for (const below of runClosureOf(next)) found.set(below.key, below);
  }
  return [...found.values()];
}
