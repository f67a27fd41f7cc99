/** Finds the groups of vertices that are there only for each other: the strongly connected components of a graph that no other
 * component leads to (after Tarjan). Every other vertex is there for one of these, directly or not.
 * @param predecessors for each vertex, those that lead to it */
export function sourceLoops<Vertex>(
  vertices: Iterable<Vertex>,
  predecessors: ReadonlyMap<Vertex, readonly Vertex[]>,
): Set<Vertex>[] {
  const order = new Map<Vertex, number>();
  const lowest = new Map<Vertex, number>();
  const componentOf = new Map<Vertex, Set<Vertex>>();
  const stack: Vertex[] = [];
  const visit = (vertex: Vertex) => {
    order.set(vertex, order.size);
    lowest.set(vertex, order.get(vertex)!);
    stack.push(vertex);
    for (const before of predecessors.get(vertex) ?? []) {
      if (!order.has(before)) visit(before);
      if (!componentOf.has(before)) lowest.set(vertex, Math.min(lowest.get(vertex)!, lowest.get(before)!));
    }
    if (lowest.get(vertex) !== order.get(vertex)) return;
    const component = new Set(stack.splice(stack.indexOf(vertex)));
    for (const member of component) componentOf.set(member, component);
  };
  for (const vertex of vertices) if (!order.has(vertex)) visit(vertex);
  const isSource = (component: ReadonlySet<Vertex>) =>
    [...component].every((vertex) => (predecessors.get(vertex) ?? []).every((before) => component.has(before)));
  return [...new Set(componentOf.values())].filter(isSource);
}
