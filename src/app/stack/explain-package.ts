import { FarmError } from '../../core/farm-error.ts';
import { parseSpec } from '../../model/parse-spec.ts';
import { type AppContext, openFarm } from '../farm/open-farm.ts';
import { withWorkshop } from '../farm/open-workshop.ts';
import { type EvaluatedStack, evaluateStack } from './evaluate-stack.ts';
import { type Change, explainChange } from './explain-change.ts';
import { explainStackChoice, type WhyChoice } from './explain-choice.ts';
import { type FarmNode, titleOf } from './farm-node.ts';
import { selectNodes } from './select-nodes.ts';
import { solveStack } from './solve-stack.ts';

/** Why a package is in the stack: the paths from sets to it, shortest first. */
export interface WhyPackage {
  readonly name: string;
  readonly version: string;
  readonly platform: string;
  /** Each begins with a set and ends with the package. */
  readonly chains: readonly (readonly string[])[];
  /** How many paths there are; `chains` has the shortest. */
  readonly paths: number;
  /** What its direct users ask for. */
  readonly asked: readonly string[];
}

const maxChains = 50;

/** Answers why a package is there, on every platform.
 * @throws RECIPE_UNKNOWN when it is not */
export async function explainPackage(
  request: { readonly farm: string; readonly name: string },
  context: AppContext,
): Promise<WhyPackage[]> {
  const farm = await openFarm(request.farm, context);
  return await withWorkshop(farm, context, async ({ bases, binhost }) => {
    const stack = await evaluateStack(farm, await solveStack(farm, bases, { mode: 'update', binhost }));
    return selectNodes(stack, [request.name]).map((node) => ({
      name: node.locked.name,
      version: node.locked.version,
      platform: node.platformName,
      ...pathsTo(stack, node),
      asked: node.locked.reasons.map(({ from, asks }) => `${from} asks for ${asks}`),
    }));
  });
}

/** Answers why a package is not in a version, or not with an option, on every platform.
 * @throws UNSATISFIABLE, RECIPE_UNKNOWN, SPEC_INVALID */
export async function explainPackageChoice(
  request: { readonly farm: string; readonly spec: string },
  context: AppContext,
): Promise<WhyChoice[]> {
  const farm = await openFarm(request.farm, context);
  const spec = parseSpec(request.spec);
  return await withWorkshop(farm, context, (workshop) => explainStackChoice(farm, workshop, spec));
}

function pathsTo(stack: EvaluatedStack, target: FarmNode): Pick<WhyPackage, 'chains' | 'paths'> {
  const users = Map.groupBy(
    stack.nodes.flatMap((user) => user.dependencies.map(({ node }) => ({ node, user }))),
    ({ node }) => node,
  );
  const usersOf = (node: FarmNode) => users.get(node)?.map(({ user }) => user) ?? [];
  const setsOf = (node: FarmNode) => [...stack.sets].filter(([, roots]) => roots.includes(node)).map(([set]) => set);
  return { chains: shortestChains(target, usersOf, setsOf), paths: countPaths(target, usersOf, setsOf) };
}

type Ask<Answer> = (node: FarmNode) => readonly Answer[];

function shortestChains(target: FarmNode, usersOf: Ask<FarmNode>, setsOf: Ask<string>): string[][] {
  const chains: string[][] = [];
  let wave = [{ node: target, chain: [titleOf(target)] }];
  while (wave.length > 0 && chains.length < maxChains) {
    for (const { node, chain } of wave) chains.push(...setsOf(node).map((set) => [`set ${set}`, ...chain]));
    wave = wave
      .flatMap(({ node, chain }) => usersOf(node).map((user) => ({ node: user, chain: [titleOf(user), ...chain] })))
      .slice(0, 20 * maxChains);
  }
  return chains.slice(0, maxChains);
}

function countPaths(target: FarmNode, usersOf: Ask<FarmNode>, setsOf: Ask<string>): number {
  const known = new Map<FarmNode, number>();
  const count = (node: FarmNode): number => {
    const paths = known.get(node) ?? usersOf(node).reduce((sum, user) => sum + count(user), setsOf(node).length);
    known.set(node, paths);
    return paths;
  };
  return count(target);
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
  return await withWorkshop(farm, context, async ({ bases, binhost, ledger }) => {
    const stack = await evaluateStack(farm, await solveStack(farm, bases, { mode: 'update', binhost }));
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
