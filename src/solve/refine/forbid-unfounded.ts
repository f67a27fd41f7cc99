import type { PackageName } from '../../model/names.ts';
import type { Root } from '../encode/encode-roots.ts';
import { allOf } from '../encode/literals.ts';
import type { Edge, PackageNode, Problem, VirtualNode } from '../encode/problem.ts';
import type { Literal } from '../sat/sat-state.ts';
import { isInModel, reasonLiterals } from './model.ts';
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
      if (known === undefined || !isReason(problem, edge)) continue;
      for (const one of [vertex, ...edge.relies]) if (unfounded.has(one)) known.push(one);
    }
  }
  return predecessors;
}

/** All that the roots need in the last model, directly or not. */
function foundedVertices(problem: Problem, roots: readonly Root[]): Set<Vertex> {
  const founded = new Set<Vertex>(roots.map(({ target }) => target));
  for (let size = -1; size !== founded.size; ) {
    size = founded.size;
    for (const vertex of founded) {
      for (const edge of vertex.edges) {
        if (isReason(problem, edge) && edge.relies.every((other) => founded.has(other))) founded.add(edge.target);
      }
    }
  }
  return founded;
}

function isReason(problem: Problem, edge: Edge): boolean {
  return reasonLiterals(problem, edge).every((literal) => isInModel(problem, literal));
}

/** Dependencies on one of the given that count for other reasons than these. */
function edgesInto(problem: Problem, unfounded: ReadonlySet<Vertex>): Literal[] {
  const reasons = new Set<Literal>();
  for (const vertex of [...problem.packages.values(), ...problem.virtuals.values()]) {
    if (unfounded.has(vertex)) continue;
    for (const edge of vertex.edges) {
      if (!unfounded.has(edge.target) || edge.relies.some((other) => unfounded.has(other))) continue;
      reasons.add(allOf(problem, reasonLiterals(problem, edge)));
    }
  }
  return [...reasons];
}
