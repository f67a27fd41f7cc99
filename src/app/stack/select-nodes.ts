import { FarmError } from '../../core/farm-error.ts';
import { nearestName } from '../../model/did-you-mean.ts';
import type { EvaluatedStack } from './evaluate-stack.ts';
import { buildClosureOf, type FarmNode, isBuildable, runClosureOf } from './farm-node.ts';

/** The nodes that names mean: a set's name, a package's name, or nothing for the whole stack.
 * @throws RECIPE_UNKNOWN for a name that is neither, with the nearest one */
export function selectNodes(stack: EvaluatedStack, names: readonly string[]): readonly FarmNode[] {
  if (names.length === 0) return [...new Set([...stack.sets.values()].flat())];
  return [...new Set(names.flatMap((name) => nodesOf(stack, name)))];
}

function nodesOf(stack: EvaluatedStack, name: string): readonly FarmNode[] {
  const nodes = stack.sets.get(name) ?? stack.nodes.filter(({ locked }) => locked.name === name);
  if (nodes.length > 0) return nodes;
  const known = [...stack.sets.keys(), ...stack.nodes.map(({ locked }) => locked.name)];
  const near = nearestName(name, known);
  throw new FarmError(
    'RECIPE_UNKNOWN',
    `Cannot find "${name}": the stack has neither a set nor a package of that name`,
    {
      hint: near === undefined ? 'binfarm plan shows what the stack has' : `Did you mean "${near}"?`,
    },
  );
}

/** Nodes with all that is needed to build and to use them, in the order of the stack. */
export function withNeeds(stack: EvaluatedStack, nodes: readonly FarmNode[]): readonly FarmNode[] {
  const wanted = new Set<string>();
  const visit = (node: FarmNode) => {
    if (wanted.has(node.key)) return;
    wanted.add(node.key);
    for (const { node: below } of node.dependencies) visit(below);
  };
  for (const node of nodes) visit(node);
  return stack.nodes.filter(({ key }) => wanted.has(key));
}

/** What has to be there before a node can be built: keys. */
export function needsOf(node: FarmNode): readonly string[] {
  return [...new Set([...buildClosureOf(node), ...runClosureOf(node)].filter(isBuildable).map(({ key }) => key))];
}
