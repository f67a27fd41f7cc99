import type { PackageName } from '../../model/names.ts';
import type { Root } from '../encode/encode-roots.ts';
import {
  allOf,
  guardOf,
  not,
  type PackageNode,
  type Problem,
  type Relied,
  state,
  type VirtualNode,
} from '../encode/problem.ts';
import { FALSE, type Literal, TRUE } from '../sat/sat-state.ts';
import { isActive, isInModel } from './model.ts';

type Vertex = PackageNode | VirtualNode;

/** Forbids that packages are in the solution which nothing needs (but which conditions could profit from); false when the last model has none. */
export function forbidUnfounded(problem: Problem, roots: readonly Root[]): boolean {
  const founded = foundedVertices(problem, roots);
  const unfounded = new Set<Vertex>();
  for (const vertex of [...problem.packages.values(), ...problem.virtuals.values()]) {
    if (isInModel(problem, vertex.literal) && !founded.has(vertex)) unfounded.add(vertex);
  }
  if (unfounded.size === 0) return false;
  const supports = [...edgesInto(problem, unfounded), ...newcomersBefore(problem, unfounded)];
  for (const vertex of unfounded) {
    const guard = guardOf(problem, () => ({
      kind: 'fact',
      from: vertex.name,
      owner: vertex.name,
      says: 'is needed by nothing else that is asked for',
      mentions: [vertex.name],
    }));
    state(problem, [not(guard), not(vertex.literal), ...supports]);
  }
  return true;
}

/** All that the roots need in the last model, directly or not. */
function foundedVertices(problem: Problem, roots: readonly Root[]): Set<Vertex> {
  const founded = new Set<Vertex>(roots.map(({ target }) => target));
  const isReason = ({ own, other }: Relied) => {
    const present = [own, other].filter((vertex) => vertex !== undefined && isInModel(problem, vertex.literal));
    return present.length === 0 || present.some((vertex) => vertex !== undefined && founded.has(vertex));
  };
  for (let size = -1; size !== founded.size; ) {
    size = founded.size;
    for (const vertex of founded) {
      for (const edge of vertex.edges) {
        if (isActive(problem, edge) && edge.relies.every(isReason)) founded.add(edge.target);
      }
    }
  }
  return founded;
}

/** Dependencies on one of the given, as literals that say that they count for other reasons than these. */
function edgesInto(problem: Problem, unfounded: ReadonlySet<Vertex>): Literal[] {
  const reasons = new Set<Literal>();
  for (const vertex of [...problem.packages.values(), ...problem.virtuals.values()]) {
    if (unfounded.has(vertex)) continue;
    for (const { trigger, guard, target, relies } of vertex.edges) {
      if (!unfounded.has(target)) continue;
      reasons.add(allOf(problem, [trigger, guard, ...relies.map((relied) => reasonBeside(relied, unfounded))]));
    }
  }
  return [...reasons];
}

/** Says when something that a condition looks at is there for another reason than the given. */
function reasonBeside({ own, other }: Relied, unfounded: ReadonlySet<Vertex>): Literal {
  const [first, second] = [own, other].filter((vertex) => vertex !== undefined && !unfounded.has(vertex));
  if (first === undefined) return FALSE;
  return second !== undefined || other === undefined ? TRUE : first.literal;
}

/** Packages that were mentioned but not taken in yet, and that may lead to one of the given. */
function newcomersBefore(problem: Problem, unfounded: ReadonlySet<Vertex>): Literal[] {
  const newcomers = [...problem.packages.values()].filter(({ choices }) => choices === undefined);
  const leading = namesLeadingTo(problem, newcomers, new Set([...unfounded].map(({ name }) => name)));
  return newcomers.filter(({ name }) => leading.has(name)).map(({ literal }) => literal);
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
