import { formatSpec } from '../model/format-spec.ts';
import type { LockedPackage, LockedPlatform } from '../model/lock.ts';
import type { DependencyType } from '../model/recipe.ts';
import type { Root } from './encode/encode-roots.ts';
import { choicesOf, type Edge, type PackageNode, type Problem, type VirtualNode } from './encode/problem.ts';
import { keysOf } from './name-twins.ts';
import { readVariants, settleVariants } from './read-variants.ts';
import { propagateFixed } from './sat/find-model.ts';
import { isFixed } from './sat/sat-state.ts';
import type { SolvedPackage } from './solved-package.ts';

const typeOrder: readonly DependencyType[] = ['build', 'link', 'run', 'test'];

/** Reads the lock entries off a problem in which everything is decided. */
export function decodeSolution(problem: Problem, roots: readonly Root[]): LockedPlatform {
  const solved = collectPackages(problem, roots);
  const keys = keysOf(problem, solved);
  const sets: Record<string, string[]> = {};
  for (const { request, target } of roots) {
    const node = providerOf(problem, target);
    const from = `set ${request.set}`;
    const asks = formatSpec(request.spec);
    solved.get(node)?.reasons.set(`${from} ${asks}`, { from, asks });
    const key = keys.get(node)!;
    sets[request.set] = [...new Set([...(sets[request.set] ?? []), key])].sort();
  }
  const packages = new Map<string, LockedPackage>();
  for (const one of solved.values()) {
    const key = keys.get(one.node)!;
    packages.set(key, mergeReasons(packages.get(key), lockPackage(one, keys)));
  }
  return { sets, packages: Object.fromEntries([...packages].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

function collectPackages(problem: Problem, roots: readonly Root[]): Map<PackageNode, SolvedPackage> {
  const nodes = new Set(roots.map(({ target }) => providerOf(problem, target)));
  for (const node of nodes) for (const { target } of activeEdges(problem, node)) nodes.add(providerOf(problem, target));
  for (const node of nodes) settleVariants(problem, node);
  propagateFixed(problem.sat);
  const solved = new Map<PackageNode, SolvedPackage>();
  for (const node of nodes) {
    const { candidates, steps } = choicesOf(node);
    const candidate = candidates[steps.findLastIndex((step) => isFixed(problem.sat, step))]!;
    solved.set(node, {
      node,
      candidate,
      variants: readVariants(problem, node, candidate),
      dependencies: new Map(),
      reasons: new Map(),
    });
  }
  for (const node of nodes)
    for (const edge of activeEdges(problem, node)) recordDependency(problem, solved, { node, edge });
  return solved;
}

function recordDependency(
  problem: Problem,
  solved: ReadonlyMap<PackageNode, SolvedPackage>,
  { node, edge }: { node: PackageNode; edge: Edge },
): void {
  const target = providerOf(problem, edge.target);
  const { dependencies } = solved.get(node)!;
  const types = dependencies.get(target) ?? new Set();
  for (const type of edge.types) types.add(type);
  dependencies.set(target, types);
  const asks = formatSpec(edge.asks);
  solved.get(target)?.reasons.set(`${node.name} ${asks}`, { from: node.name, asks });
}

function activeEdges(problem: Problem, node: PackageNode): Edge[] {
  return node.edges.filter(({ trigger }) => isFixed(problem.sat, trigger));
}

function providerOf(problem: Problem, target: PackageNode | VirtualNode): PackageNode {
  if (target.kind === 'package') return target;
  const chosen = target.edges.find(({ trigger }) => isFixed(problem.sat, trigger));
  if (chosen === undefined) throw new Error(`no provider is chosen for ${target.key}`);
  return chosen.target;
}

function lockPackage(
  { node, candidate, variants, dependencies, reasons }: SolvedPackage,
  keys: ReadonlyMap<PackageNode, string>,
): LockedPackage {
  const direct = new Map<string, Set<DependencyType>>();
  for (const [target, types] of dependencies) {
    const key = keys.get(target)!;
    direct.set(key, types.union(direct.get(key) ?? new Set()));
  }
  return {
    name: node.name,
    version: candidate.version,
    variants,
    dependencies: sortEntries([...direct]).map(([key, types]) => ({
      key,
      types: typeOrder.filter((type) => types.has(type)),
    })),
    ...(candidate.external !== undefined && { external: { from: candidate.external.from } }),
    reasons: sortEntries([...reasons]).map(([, reason]) => reason),
  };
}

/** Two packages that turned out to be the same are one, for the reasons of both. */
function mergeReasons(known: LockedPackage | undefined, added: LockedPackage): LockedPackage {
  if (known === undefined) return added;
  const reasons = new Map(
    [...known.reasons, ...added.reasons].map((reason) => [`${reason.from} ${reason.asks}`, reason]),
  );
  return { ...known, reasons: sortEntries([...reasons]).map(([, reason]) => reason) };
}

function sortEntries<Value>(entries: readonly (readonly [string, Value])[]): (readonly [string, Value])[] {
  return entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
