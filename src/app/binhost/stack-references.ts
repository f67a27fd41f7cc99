import type { PackageReference } from '../../binhost/binhost.ts';
import type { AppContext, Farm } from '../farm/open-farm.ts';
import { withWorkshop } from '../farm/open-workshop.ts';
import { evaluateStack } from '../stack/evaluate-stack.ts';
import { isBuildable } from '../stack/farm-node.ts';
import { solveStack } from '../stack/solve-stack.ts';

/** The packages of the stack as it is locked.
 * @throws what solving and evaluating throw */
export async function stackReferences(farm: Farm, context: AppContext): Promise<readonly PackageReference[]> {
  return await withWorkshop(farm, context, async ({ bases }) => {
    const { nodes } = await evaluateStack(farm, await solveStack(farm, bases, { mode: 'frozen' }));
    const references = nodes
      .filter(isBuildable)
      .map(({ locked, built }) => ({ name: locked.name, buildHash: built.buildHash }));
    return [...new Map(references.map((reference) => [reference.buildHash, reference])).values()];
  });
}
