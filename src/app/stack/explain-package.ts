import { FarmError } from '../../core/farm-error.ts';
import { type AppContext, openFarm } from '../farm/open-farm.ts';
import { withWorkshop } from '../farm/open-workshop.ts';
import { type EvaluatedStack, evaluateStack } from './evaluate-stack.ts';
import { type Change, explainChange } from './explain-change.ts';
import { type FarmNode, titleOf } from './farm-node.ts';
import { selectNodes } from './select-nodes.ts';
import { solveStack } from './solve-stack.ts';

/** Why a package is in the stack: every chain from a set to it, shortest first. */
export interface WhyPackage {
  readonly name: string;
  readonly version: string;
  readonly platform: string;
  /** Each begins with a set and ends with the package. */
  readonly chains: readonly (readonly string[])[];
  /** What its direct users ask for. */
  readonly asked: readonly string[];
}

const maxChains = 10;

/** Answers why a package is there, on every platform.
 * @throws RECIPE_UNKNOWN when it is not */
export async function explainPackage(
  request: { readonly farm: string; readonly name: string },
  context: AppContext,
): Promise<WhyPackage[]> {
  const farm = await openFarm(request.farm, context);
  return await withWorkshop(farm, context, async ({ bases }) => {
    const stack = await evaluateStack(farm, await solveStack(farm, bases, { mode: 'update' }));
    return selectNodes(stack, [request.name]).map((node) => ({
      name: node.locked.name,
      version: node.locked.version,
      platform: node.platformName,
      chains: chainsTo(stack, node).slice(0, maxChains),
      asked: node.locked.reasons.map(({ from, asks }) => `${from} asks for ${asks}`),
    }));
  });
}

function chainsTo(stack: EvaluatedStack, target: FarmNode): string[][] {
  const users = (node: FarmNode) =>
    stack.nodes.filter(({ dependencies }) => dependencies.some((edge) => edge.node === node));
  const chains: string[][] = [];
  let wave: { readonly node: FarmNode; readonly chain: readonly string[] }[] = [
    { node: target, chain: [titleOf(target)] },
  ];
  while (wave.length > 0 && chains.length < maxChains) {
    for (const { node, chain } of wave) {
      for (const [set, roots] of stack.sets) if (roots.includes(node)) chains.push([`set ${set}`, ...chain]);
    }
    wave = wave
      .flatMap(({ node, chain }) => users(node).map((user) => ({ node: user, chain: [titleOf(user), ...chain] })))
      .slice(0, 1000);
  }
  return chains;
}

/** Why a package would be built anew: how it differs from the last one that was built. */
export interface WhyRebuild {
  readonly key: string;
  readonly buildHash: string;
  readonly before?: string;
  /** Empty when nothing differs; absent when the package was never built on the platform. */
  readonly changes?: readonly Change[];
}

/** Compares a package, on every platform, with the newest one of the name that was built before.
 * @throws RECIPE_UNKNOWN when the stack does not have it */
export async function explainRebuild(
  request: { readonly farm: string; readonly name: string },
  context: AppContext,
): Promise<WhyRebuild[]> {
  const farm = await openFarm(request.farm, context);
  return await withWorkshop(farm, context, async ({ bases, ledger }) => {
    const stack = await evaluateStack(farm, await solveStack(farm, bases, { mode: 'update' }));
    const answers: WhyRebuild[] = [];
    for (const { key, built, locked, platformName } of selectNodes(stack, [request.name])) {
      if (built === undefined)
        throw new FarmError('ARGUMENT_INVALID', `Cannot explain "${key}": it is taken from the base and never built`);
      const last = await ledger.lastBuiltIdentity(locked.name, platformName, built.buildHash);
      const changes = last && explainChange(JSON.parse(last.identity), JSON.parse(built.identity));
      answers.push({
        key,
        buildHash: built.buildHash,
        ...(last && changes ? { before: last.buildHash, changes } : {}),
      });
    }
    return answers;
  });
}
