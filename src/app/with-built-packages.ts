import { evaluateStack } from './evaluate-stack.ts';
import { type BuildableNode, isBuildable, runClosureOf } from './farm-node.ts';
import type { PackageFinder } from './find-package.ts';
import { type AppContext, openFarm } from './open-farm.ts';
import { withWorkshop } from './open-workshop.ts';
import { selectNodes } from './select-nodes.ts';
import { solveStack } from './solve-stack.ts';

/** Opens the binhost for named packages of the stack and all that those need to run; without names, for the whole stack. Each package comes after what it needs.
 * @throws RECIPE_UNKNOWN for a name that is neither a set nor a package */
export async function withBuiltPackages<Result>(
  request: { readonly farm: string; readonly names: readonly string[] },
  context: AppContext,
  work: (nodes: readonly BuildableNode[], finder: PackageFinder, rootLength: number) => Promise<Result>,
): Promise<Result> {
  const farm = await openFarm(request.farm, context);
  return await withWorkshop(farm, context, async ({ bases, finder }) => {
    const stack = await evaluateStack(farm, await solveStack(farm, bases, { mode: 'update' }));
    const asked = selectNodes(stack, request.names).filter(isBuildable);
    const wanted = new Set([...asked, ...asked.flatMap(runClosureOf)].map(({ key }) => key));
    const nodes = stack.nodes.filter(isBuildable).filter(({ key }) => wanted.has(key));
    return await work(nodes, finder, farm.root.length);
  });
}
