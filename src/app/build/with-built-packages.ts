import type { MachineBases } from '../../build/base/machine-base.ts';
import { type AppContext, type Farm, openFarm } from '../farm/open-farm.ts';
import { withWorkshop } from '../farm/open-workshop.ts';
import { evaluateStack } from '../stack/evaluate-stack.ts';
import { type BuildableNode, isBuildable, runClosureOf } from '../stack/farm-node.ts';
import { selectNodes } from '../stack/select-nodes.ts';
import { solveStack } from '../stack/solve-stack.ts';
import type { PackageFinder } from './find-package.ts';

/** Packages of a stack, and where to find them. */
export interface BuiltPackages {
  readonly farm: Farm;
  readonly bases: MachineBases;
  readonly finder: PackageFinder;
  /** Each after what it needs. */
  readonly nodes: readonly BuildableNode[];
}

/** Opens the binhost for named packages of the stack and all that those need to run; without names, for the whole stack. Each package comes after what it needs.
 * @throws RECIPE_UNKNOWN for a name that is neither a set nor a package */
export async function withBuiltPackages<Result>(
  request: { readonly farm: string; readonly names: readonly string[] },
  context: AppContext,
  work: (built: BuiltPackages) => Promise<Result>,
): Promise<Result> {
  const farm = await openFarm(request.farm, context);
  return await withWorkshop(farm, context, async ({ bases, binhost, finder }) => {
    const stack = await evaluateStack(farm, await solveStack(farm, bases, { mode: 'update', binhost }));
    const asked = selectNodes(stack, request.names).filter(isBuildable);
    const wanted = new Set([...asked, ...asked.flatMap(runClosureOf)].map(({ key }) => key));
    const nodes = stack.nodes.filter(isBuildable).filter(({ key }) => wanted.has(key));
    return await work({ farm, bases, finder, nodes });
  });
}
