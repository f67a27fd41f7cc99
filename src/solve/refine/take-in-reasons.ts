import type { PackageName } from '../../model/names.ts';
import type { Root } from '../encode/encode-roots.ts';
import { expandQueue } from '../encode/expand.ts';
import { allOf, not, state } from '../encode/literals.ts';
import type { PackageNode, Problem, VirtualNode } from '../encode/problem.ts';
import { guardOf } from '../encode/wishes-and-guards.ts';
import type { Literal } from '../sat/sat-state.ts';
import { reasonLiterals } from './model.ts';

type Vertex = PackageNode | VirtualNode;

/** Takes in every package that may need one of the given names, directly or not, and states for each that something must need it.
 * Together with the ban on cycles, nothing of these can then be in a solution without a reason. */
export function takeInReasons(problem: Problem, roots: readonly Root[], goals: ReadonlySet<PackageName>): void {
  const leading = takeInLeadingTo(problem, goals);
  const reasons = new Map<Vertex, Literal[]>();
  for (const { target } of roots) problem.reasoned.add(target);
  for (const vertex of verticesOf(problem)) {
    if (leading.has(vertex.name) && !problem.reasoned.has(vertex)) reasons.set(vertex, []);
  }
  for (const vertex of verticesOf(problem)) {
    for (const edge of vertex.edges) reasons.get(edge.target)?.push(allOf(problem, reasonLiterals(problem, edge)));
  }
  for (const [vertex, literals] of reasons) {
    stateReasons(problem, vertex, literals);
    problem.reasoned.add(vertex);
  }
}

/** Takes in every package from which one of the given names can be reached by dependencies; gives the names of all of these. */
export function takeInLeadingTo(problem: Problem, goals: ReadonlySet<PackageName>): ReadonlySet<PackageName> {
  const leading = namesLeadingTo(problem, newcomers(problem), goals);
  for (;;) {
    const next = newcomers(problem).filter(({ name }) => leading.has(name));
    if (next.length === 0) return leading;
    problem.queue.push(...next.reverse());
    expandQueue(problem);
  }
}

/** States that a package or virtual is in the solution only for one of the given reasons. */
export function stateReasons(problem: Problem, { name, literal }: Vertex, reasons: readonly Literal[]): void {
  const guard = guardOf(problem, () => ({
    kind: 'fact',
    from: name,
    owner: name,
    says: 'is needed by nothing else that is asked for',
    mentions: [name],
  }));
  state(problem, [not(guard), not(literal), ...reasons]);
}

/** Packages that were not taken in yet and that may need one of the given names, directly or not. */
export function newcomersLeadingTo(problem: Problem, goals: ReadonlySet<PackageName>): PackageNode[] {
  const candidates = newcomers(problem);
  if (candidates.length === 0) return [];
  const leading = namesLeadingTo(problem, candidates, goals);
  return candidates.filter(({ name }) => leading.has(name));
}

/** Packages that something may need and that were not taken in yet. */
export function newcomers(problem: Problem): PackageNode[] {
  const targets = new Set(verticesOf(problem).flatMap(({ edges }) => edges.map(({ target }) => target)));
  return [...targets].filter((target) => target.kind === 'package' && target.choices === undefined) as PackageNode[];
}

function verticesOf({ packages, virtuals }: Problem): Vertex[] {
  return [...packages.values(), ...virtuals.values()];
}

/** Names from which one of the goals can be reached by dependencies, whatever their conditions. */
function namesLeadingTo(
  { request }: Problem,
  starts: readonly PackageNode[],
  goals: ReadonlySet<PackageName>,
): Set<PackageName> {
  const dependants = new Map<PackageName, PackageName[]>();
  const seen = new Set(starts.map(({ name }) => name));
  for (const name of seen) {
    const recipe = request.recipe(name);
    const needed =
      recipe === undefined ? request.providers(name) : recipe.dependencies.flatMap(({ spec }) => spec.name ?? []);
    for (const next of needed) {
      const known = dependants.get(next);
      if (known === undefined) dependants.set(next, [name]);
      else known.push(name);
      seen.add(next);
    }
  }
  const leading = new Set<PackageName>(goals);
  for (const name of leading) for (const dependant of dependants.get(name) ?? []) leading.add(dependant);
  return leading;
}
