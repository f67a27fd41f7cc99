import { not, state } from '../encode/literals.ts';
import type { Edge, PackageNode, Problem, VirtualNode } from '../encode/problem.ts';
import { guardOf } from '../encode/wishes-and-guards.ts';
import { isActive, isInModel } from './model.ts';

type Vertex = PackageNode | VirtualNode;

/** Forbids a cycle of dependencies that the last model has; false when it has none. */
export function forbidCycle(problem: Problem): boolean {
  const cycles = findCycles(problem);
  for (const cycle of cycles) {
    const names = cycle.map(({ target }) => target).filter(({ kind }) => kind === 'package');
    const guard = guardOf(problem, () => describeCycle(names));
    state(problem, [not(guard), ...cycle.flatMap((edge) => [not(edge.guard), not(edge.trigger)])]);
  }
  return cycles.length > 0;
}

function describeCycle(nodes: readonly Vertex[]) {
  const names = nodes.map(({ name }) => name);
  const last = names.at(-1) ?? '';
  return {
    kind: 'fact' as const,
    from: last,
    owner: last,
    says: `cannot need itself: ${[last, ...names].join(' needs ')}`,
    mentions: names,
  };
}

/** Cycles of the last model, found by one walk: each as the edges that close it. */
function findCycles(problem: Problem): Edge[][] {
  const finished = new Set<Vertex>();
  const depth = new Map<Vertex, number>();
  const path: Edge[] = [];
  const cycles: Edge[][] = [];
  const visit = (vertex: Vertex) => {
    depth.set(vertex, path.length);
    for (const edge of vertex.edges) {
      if (finished.has(edge.target) || !isActive(problem, edge)) continue;
      const start = depth.get(edge.target);
      path.push(edge);
      if (start === undefined) visit(edge.target);
      else cycles.push(path.slice(start));
      path.pop();
    }
    depth.delete(vertex);
    finished.add(vertex);
  };
  for (const node of problem.packages.values())
    if (isInModel(problem, node.literal) && !finished.has(node)) visit(node);
  return cycles;
}
