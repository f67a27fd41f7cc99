import { formatSpec } from '../model/format-spec.ts';
import type { LockedPackage, LockedPlatform, VariantValue } from '../model/lock.ts';
import type { DependencyType } from '../model/recipe.ts';
import { variantOf } from './encode/conditions.ts';
import type { Root } from './encode/encode-roots.ts';
import { preferredValue } from './encode/preferred-value.ts';
import {
  type Candidate,
  choicesOf,
  type Edge,
  type PackageNode,
  type Problem,
  type VirtualNode,
} from './encode/problem.ts';
import { keysOf } from './name-twins.ts';
import { propagateFixed } from './sat/find-model.ts';
import { isFixed } from './sat/sat-state.ts';
import type { VariantDetails } from './solve-types.ts';
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
  for (const node of nodes)
    for (const { name, when } of choicesOf(node).declarations.values())
      if (when !== undefined) variantOf(problem, node, name);
  propagateFixed(problem.sat);
  const solved = new Map<PackageNode, SolvedPackage>();
  for (const node of nodes) {
    const { candidates, steps } = choicesOf(node);
    const candidate = candidates[steps.findLastIndex((step) => isFixed(problem.sat, step))]!;
    solved.set(node, {
      node,
      candidate,
      variants: variantsOf(problem, node, candidate),
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

function variantsOf(problem: Problem, node: PackageNode, { external }: Candidate): Record<string, VariantValue> {
  const { declarations, variants } = choicesOf(node);
  if (external !== undefined) {
    const given = Object.entries(external.variants).map(
      ([name, value]) => [name, externalValue(declarations.get(name), value)] as const,
    );
    return Object.fromEntries(sortEntries(given));
  }
  const values: [string, VariantValue][] = [];
  for (const declaration of declarations.values()) {
    const variant = variants.get(declaration.name);
    if (variant === undefined) {
      values.push([
        declaration.name,
        variantValue(declaration, preferredValue(problem.request, node.name, declaration).values),
      ]);
    } else if (isFixed(problem.sat, variant.exists)) {
      const chosen = [...variant.values].filter(([, literal]) => isFixed(problem.sat, literal)).map(([value]) => value);
      values.push([declaration.name, variantValue(declaration, chosen)]);
    }
  }
  return Object.fromEntries(sortEntries(values));
}

function variantValue({ kind }: VariantDetails, values: readonly string[]): VariantValue {
  if (kind === 'bool') return values[0] === 'true';
  return kind === 'single' ? (values[0] ?? '') : values.toSorted();
}

function externalValue(declaration: VariantDetails | undefined, value: boolean | readonly string[]): VariantValue {
  if (typeof value === 'boolean') return value;
  return declaration?.kind !== 'multi' && value.length === 1 ? value[0]! : value.toSorted();
}

function lockPackage(
  { node, candidate, variants, dependencies, reasons }: SolvedPackage,
  keys: ReadonlyMap<PackageNode, string>,
): LockedPackage {
  const direct = [...dependencies].map(([target, types]) => ({
    key: keys.get(target)!,
    types: typeOrder.filter((type) => types.has(type)),
  }));
  return {
    name: node.name,
    version: candidate.version,
    variants,
    dependencies: direct.sort((a, b) => (a.key < b.key ? -1 : 1)),
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
