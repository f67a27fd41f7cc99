import { refuseReadOnly } from '../../binhost/refuse-read-only.ts';
import { openJobserver } from '../../build/jobserver.ts';
import { type GraphResult, runGraph } from '../../build/schedule/run-graph.ts';
import { FarmError } from '../../core/farm-error.ts';
import { refuseHopeless } from '../farm/check-bases.ts';
import { readFarmKey } from '../farm/farm-keys.ts';
import { startFetching } from '../farm/fetch-node-sources.ts';
import { type AppContext, type Farm, openFarm, takeFarm } from '../farm/open-farm.ts';
import { type Workshop, withWorkshop } from '../farm/open-workshop.ts';
import { type EvaluatedStack, evaluateStack } from '../stack/evaluate-stack.ts';
import { type BuildableNode, isBuildable } from '../stack/farm-node.ts';
import { type BuildPreview, previewBuild } from '../stack/plan-build.ts';
import { needsOf, selectNodes, withNeeds } from '../stack/select-nodes.ts';
import { type LockMode, type SolveStackOptions, solveStack, writeLock } from '../stack/solve-stack.ts';
import { type BuildRun, buildNode } from './build-node.ts';
import { openPackageStores } from './package-stores.ts';

/** What is to be built. */
export interface BuildStackRequest {
  readonly farm: string;
  /** Sets or packages; the whole stack when empty. */
  readonly names: readonly string[];
  readonly lock: LockMode;
  /** Packages that may move to other versions. */
  readonly move?: SolveStackOptions['move'];
  /** Solve as if there were neither a lock nor any package. */
  readonly fresh?: boolean;
  /** Names of packages to be built again though they are there. */
  readonly force: readonly string[];
  /** False: LOCKED at once when another process is at work. */
  readonly wait: boolean;
  readonly dryRun: boolean;
}

/** How a build of a stack ended. */
export interface BuildStackResult {
  readonly preview: BuildPreview;
  /** Keys. */
  readonly built: readonly string[];
  readonly failed: readonly { readonly key: string; readonly error: FarmError }[];
  readonly skipped: readonly { readonly key: string; readonly because: string }[];
  readonly seconds: number;
}

/** Solves the stack, then builds whatever the binhost does not have. A package that fails is in the result, not thrown.
 * @throws whatever solving, evaluating and fetching throw, and DISK_FULL */
export async function buildStack(request: BuildStackRequest, context: AppContext): Promise<BuildStackResult> {
  const farm = await openFarm(request.farm, context);
  const held = await takeFarm(farm, 'binfarm build', { ...context, wait: request.wait });
  try {
    return await withWorkshop(farm, context, (workshop) => buildWith(request, { farm, workshop, context }));
  } finally {
    await held.close();
  }
}

interface Setting {
  readonly farm: Farm;
  readonly workshop: Workshop;
  readonly context: AppContext;
}

async function buildWith(request: BuildStackRequest, setting: Setting): Promise<BuildStackResult> {
  const start = performance.now();
  const { stack, preview } = await planStack(request, setting);
  const { emit } = setting.context;
  const expected = preview.expectedSeconds === undefined ? {} : { seconds: preview.expectedSeconds };
  emit({ type: 'farm.planned', builds: preview.builds, reused: preview.reused, ...expected });
  const nodes = nodesToBuild(stack, preview);
  const results =
    request.dryRun || nodes.length === 0
      ? new Map<string, GraphResult<void>>()
      : await runBuilds(nodes, preview, setting);
  return { preview, ...summarise(results), seconds: (performance.now() - start) / 1000 };
}

function nodesToBuild(stack: EvaluatedStack, preview: BuildPreview): readonly BuildableNode[] {
  const keys = new Set(preview.packages.filter(({ action }) => action === 'build').map(({ key }) => key));
  return stack.nodes.filter(isBuildable).filter(({ key }) => keys.has(key));
}

/** Solves, evaluates and previews a stack, and writes the lock unless nothing is to be changed. */
export async function planStack(
  request: Pick<BuildStackRequest, 'names' | 'lock' | 'move' | 'fresh' | 'force' | 'dryRun'> & {
    readonly explain?: boolean;
  },
  { farm, workshop, context }: Setting,
): Promise<{ stack: EvaluatedStack; preview: BuildPreview }> {
  const { move, fresh = false, explain = false } = request;
  const options = {
    mode: request.lock,
    fresh,
    explain,
    binhost: workshop.binhost,
    ...(move === undefined ? {} : { move }),
  };
  const solved = await solveStack(farm, workshop.bases, options);
  const stack = await evaluateStack(farm, solved);
  const nodes = withNeeds(stack, selectNodes(stack, request.names));
  const found = await previewBuild(nodes, { ...workshop, force: new Set(request.force) });
  const preview = explain && solved.criteria !== undefined ? { ...found, criteria: solved.criteria } : found;
  if (request.dryRun) return { stack, preview };
  refuseHopeless(nodesToBuild(stack, preview), workshop.bases, farm);
  const changed = await writeLock(farm, solved);
  for (const [platform, { packages }] of Object.entries(solved.lock.platforms)) {
    context.emit({ type: 'farm.locked', platform, packages: Object.keys(packages).length, changed });
  }
  await workshop.ledger.recordIdentities(
    nodes.filter(isBuildable).map(({ locked, platformName, built: { buildHash, identity } }) => ({
      buildHash,
      name: locked.name,
      platform: platformName,
      identity,
    })),
  );
  return { stack, preview };
}

async function runBuilds(
  nodes: readonly BuildableNode[],
  preview: BuildPreview,
  { farm, workshop, context }: Setting,
): Promise<Map<string, GraphResult<void>>> {
  refuseReadOnly(workshop.binhost, 'build packages into');
  const key = await readFarmKey(farm);
  const sourcesOf = await startFetching(nodes, { farm, context });
  const jobserver = await openJobserver(farm.settings.jobs);
  const stores = openPackageStores(farm, workshop.finder);
  const expectedSeconds = new Map(
    preview.packages.flatMap((item) =>
      item.expectedSeconds === undefined ? [] : [[item.key, item.expectedSeconds] as const],
    ),
  );
  const run: BuildRun = { farm, context, ...workshop, jobserver, stores, key, sourcesOf, expectedSeconds };
  try {
    const results = await runGraph(rankedTasks(nodes, expectedSeconds), {
      parallel: Math.min(farm.settings.parallelBuilds, farm.settings.jobs),
      keepGoing: farm.settings.keepGoing,
      run: async ({ node }) => {
        context.signal.throwIfAborted();
        await buildNode(node, run);
      },
      onSkipped: ({ key: skipped }, because) => context.emit({ type: 'build.skipped', key: skipped, because }),
    });
    context.signal.throwIfAborted(); // Ctrl-C reaches helpers, too, whose end then looks like a failure
    return results;
  } finally {
    await jobserver.close();
  }
}

/** Ranks each node by the time that the longest chain of packages waiting for it takes, so that no core is idle at the end. */
function rankedTasks(nodes: readonly BuildableNode[], expectedSeconds: ReadonlyMap<string, number>) {
  const unknownSeconds = 30;
  const needs = new Map(nodes.map((node) => [node.key, needsOf(node)]));
  const ranks = new Map<string, number>();
  for (const node of nodes.toReversed()) {
    const waiting = nodes.filter(({ key }) => needs.get(key)!.includes(node.key));
    const longest = Math.max(0, ...waiting.map(({ key }) => ranks.get(key) ?? 0));
    ranks.set(node.key, longest + (expectedSeconds.get(node.key) ?? unknownSeconds));
  }
  return nodes.map((node) => ({ key: node.key, node, needs: needs.get(node.key)!, rank: ranks.get(node.key)! }));
}

function summarise(
  results: ReadonlyMap<string, GraphResult<void>>,
): Pick<BuildStackResult, 'built' | 'failed' | 'skipped'> {
  const built: string[] = [];
  const failed: { key: string; error: FarmError }[] = [];
  const skipped: { key: string; because: string }[] = [];
  for (const [key, result] of results) {
    if (result.state === 'done') built.push(key);
    else if (result.state === 'skipped') skipped.push({ key, because: result.because });
    else if (result.error instanceof FarmError && result.error.code !== 'DISK_FULL')
      failed.push({ key, error: result.error });
    else throw result.error;
  }
  return { built, failed, skipped };
}
