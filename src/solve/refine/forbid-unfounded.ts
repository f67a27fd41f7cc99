import type { PackageName } from '../../model/names.ts';
import type { Root } from '../encode/encode-roots.ts';
import { allOf, type PackageNode, type Problem, type Relied, type VirtualNode } from '../encode/problem.ts';
import { FALSE, type Literal, TRUE } from '../sat/sat-state.ts';
import { isActive, isInModel } from './model.ts';
import { sourceLoops } from './source-loops.ts';
import { newcomersLeadingTo, stateReasons, takeInReasons } from './take-in-reasons.ts';

type Vertex = PackageNode | VirtualNode;

/** After so many models with packages that nothing needs, all that could need such a package is taken in at once. */
const patience = 6;

/** Forbids that packages are in the solution which nothing needs (but which conditions could profit from); false when the last model has none. */
export function forbidUnfounded(problem: Problem, roots: readonly Root[]): boolean {
  const founded = foundedVertices(problem, roots);
  const unfounded = new Set<Vertex>();
  for (const vertex of [...problem.packages.values(), ...problem.virtuals.values()]) {
    if (isInModel(problem, vertex.literal) && !founded.has(vertex)) unfounded.add(vertex);
  }
  if (unfounded.size === 0) return false;
  problem.unfoundedModels += 1;
  const isNew = [...unfounded].some((vertex) => !problem.reasoned.has(vertex));
  if (isNew && problem.unfoundedModels > patience) takeInReasons(problem, roots, namesOf(unfounded));
  for (const loop of sourceLoops(unfounded, predecessorsIn(problem, unfounded))) {
    const reasons = [
      ...edgesInto(problem, loop),
      ...newcomersLeadingTo(problem, namesOf(loop)).map(({ literal }) => literal),
    ];
    for (const vertex of loop) stateReasons(problem, vertex, reasons);
  }
  return true;
}

function namesOf(vertices: ReadonlySet<Vertex>): Set<PackageName> {
  return new Set([...vertices].map(({ name }) => name));
}

/** For each of the given: which others of them it is there for, or would have to be there for its reason to count. */
function predecessorsIn(problem: Problem, unfounded: ReadonlySet<Vertex>): Map<Vertex, Vertex[]> {
  const predecessors = new Map<Vertex, Vertex[]>([...unfounded].map((vertex) => [vertex, []]));
  for (const vertex of [...problem.packages.values(), ...problem.virtuals.values()]) {
    for (const edge of vertex.edges) {
      const known = predecessors.get(edge.target);
      if (known === undefined || !isActive(problem, edge)) continue;
      const relied = edge.relies.flatMap(({ own, other }) => (other === undefined ? [own] : [own, other]));
      for (const one of [vertex, ...relied]) if (unfounded.has(one)) known.push(one);
    }
  }
  return predecessors;
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
