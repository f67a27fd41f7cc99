import { join } from 'node:path';
import type { Binhost, StoredPackage } from '../../binhost/binhost.ts';
import type { Base } from '../../build/base/base.ts';
import type { MachineBases } from '../../build/base/machine-base.ts';
import type { BuildTask } from '../../build/build-task.ts';
import type { Jobserver } from '../../build/jobserver.ts';
import { type BuildContext, type BuildFailure, buildFailed, runBuild } from '../../build/run-build.ts';
import { runTests, testFolderOf } from '../../build/run-tests.ts';
import { digestOf } from '../../core/digest.ts';
import { isFarmError } from '../../core/farm-error.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import { removeFolder } from '../../core/remove-folder.ts';
import type { Ledger } from '../../ledger/open-ledger.ts';
import { checkPrefix } from '../../package/check/check-prefix.ts';
import { packPrefix } from '../../package/pack-prefix.ts';
import { signStatement } from '../../package/sign/envelope.ts';
import type { SecretKey } from '../../package/sign/key-file.ts';
import { packageStatementOf } from '../../package/sign/package-statement.ts';
import { baseRequestOf } from '../farm/check-bases.ts';
import type { SourcesOf } from '../farm/fetch-node-sources.ts';
import type { AppContext, Farm } from '../farm/open-farm.ts';
import { type BuildableNode, buildClosureOf, runClosureOf } from '../stack/farm-node.ts';
import type { PackageFinder } from './find-package.ts';
import type { PackageStores } from './package-stores.ts';

/** What all builds of one run share. */
export interface BuildRun {
  readonly farm: Farm;
  readonly context: AppContext;
  readonly bases: MachineBases;
  readonly jobserver: Jobserver;
  readonly ledger: Ledger;
  readonly binhost: Binhost;
  readonly finder: PackageFinder;
  readonly stores: PackageStores;
  readonly key: SecretKey;
  readonly sourcesOf: SourcesOf;
  readonly expectedSeconds: ReadonlyMap<string, number>;
}

/** Builds, checks, packs, tests at another prefix, signs and stores one package; only one that passed everything reaches the binhost.
 * @throws BUILD_FAILED, BUILD_TIMEOUT, PACKAGE_REJECTED, DISK_FULL, the signal's reason */
export async function buildNode(node: BuildableNode, run: BuildRun): Promise<void> {
  await run.sourcesOf(node); // while it waits, the others have its slot
  run.jobserver.enter();
  try {
    run.context.signal.throwIfAborted();
    await buildWithSlot(node, run);
  } finally {
    run.jobserver.leave();
  }
}

async function buildWithSlot(node: BuildableNode, run: BuildRun): Promise<void> {
  const { ledger, context } = run;
  const task = await buildTaskOf(node, run);
  const base = await run.bases.provide(task.base);
  const buildContext = contextOf(run, base);
  announce(task, node, context);
  const { name, version } = node.locked;
  const { buildHash } = node.built;
  const jobs = run.farm.settings.jobs;
  const id = await ledger.startBuild({
    name,
    version,
    platform: node.platformName,
    buildHash,
    jobs,
    logPath: task.logPath,
  });
  const { cost, prefix, failure } = await runBuild(task, buildContext);
  if (failure) return await fail(failure, { task, run, id, cost });
  const { stored, failure: later } = await packAndTest(node, { task, run, base, buildContext, prefix });
  if (stored === undefined) return await fail(later, { task, run, id, cost });
  await ledger.finishBuild(id, { verdict: 'built', ...cost, packageDigest: stored.digest, packageSize: stored.size });
  context.emit({ type: 'build.finished', key: node.key, ...cost });
  for (const folder of [task.workFolder, testFolderOf(task.workFolder)]) await removeFolder(folder);
}

/** Everything that one build needs, looked up. */
export async function buildTaskOf(
  node: BuildableNode,
  run: Pick<BuildRun, 'farm' | 'stores' | 'sourcesOf' | 'expectedSeconds'>,
): Promise<BuildTask> {
  const { evaluated, storeName } = node.built;
  const { paths } = run.farm;
  const closure = buildClosureOf(node);
  await run.stores.provide('build', closure);
  const direct = new Set(node.dependencies.map(({ node: { key } }) => key));
  const expectedSeconds = run.expectedSeconds.get(node.key);
  return {
    key: node.key,
    plan: evaluated.plan,
    toolEnvironment: evaluated.toolEnvironment,
    storeName,
    base: baseRequestOf(node, run.farm),
    visible: closure.map((item) => ({
      name: item.locked.name,
      storeName: item.built.storeName,
      directory: join(paths.buildStore, item.built.storeName),
      direct: direct.has(item.key),
    })),
    sources: await run.sourcesOf(node),
    workFolder: join(paths.work, storeName),
    logPath: join(paths.logs, node.platformName, `${storeName}.log`),
    ...(expectedSeconds === undefined ? {} : { expectedSeconds }),
  };
}

function contextOf({ jobserver, farm, context }: BuildRun, base: Base): BuildContext {
  return { base, jobserver, jobs: farm.settings.jobs, emit: context.emit, signal: context.signal };
}

function announce(
  { key, expectedSeconds }: BuildTask,
  { locked, platformName }: BuildableNode,
  { emit }: AppContext,
): void {
  const expected = expectedSeconds === undefined ? {} : { expectedSeconds };
  emit({ type: 'build.started', key, name: locked.name, version: locked.version, platform: platformName, ...expected });
}

interface Failing {
  readonly task: BuildTask;
  readonly run: BuildRun;
  readonly id: number;
  readonly cost: { readonly seconds: number; readonly cpuSeconds: number; readonly peakBytes: number };
}

async function fail(failure: BuildFailure, { task, run, id, cost }: Failing): Promise<never> {
  const { phase, command, firstError, log } = failure;
  await run.ledger.finishBuild(id, { verdict: 'failed', ...cost, failedPhase: phase, firstError });
  run.context.emit({ type: 'build.failed', key: task.key, phase, command, firstError, log });
  throw buildFailed(task, failure);
}

interface Packing {
  readonly task: BuildTask;
  readonly run: BuildRun;
  readonly base: Base;
  readonly buildContext: BuildContext;
  readonly prefix: string;
}

/** Packs a built prefix, tests it at another one, and stores it. */
async function packAndTest(
  node: BuildableNode,
  { task, run, base, buildContext, prefix }: Packing,
): Promise<{ stored: StoredPackage; failure?: never } | { stored?: never; failure: BuildFailure }> {
  const { emit } = run.context;
  emit({ type: 'build.phaseStarted', key: node.key, phase: 'pack' });
  const violations = findViolations(node, { task, run, prefix });
  if (violations.length > 0) return { failure: rejectedBy(violations, task) };
  const output = join(task.workFolder, 'package.tar.zst');
  const packed = await packPrefix(
    { prefix, output, level: run.farm.settings.zstdLevel, manifest: manifestOf(node, base) },
    emit,
  );
  const [stray] = packed.strays;
  if (stray) emit({ type: 'package.strayed', key: node.key, ...stray, count: packed.strays.length });
  const failure = await testRelocated(node, { task, run, output, buildContext });
  if (failure) return { failure };
  const { name, version } = node.locked;
  const { buildHash, evaluated } = node.built;
  const identity = { name, version, platform: node.platformName, buildHash };
  const blob = { digest: packed.digest, size: packed.size };
  const envelope = signStatement(packageStatementOf(packed.manifest, packed), run.key);
  await removeUnusable(node, run);
  const stored = await run.binhost.put({
    ...identity,
    license: evaluated.info.license,
    summary: evaluated.info.summary,
    blob: { path: output, ...blob },
    diffId: packed.diffId,
    layerAnnotations: packed.annotations,
    envelope,
  });
  emit({
    type: 'package.stored',
    key: node.key,
    files: packed.manifest.entries.length,
    bytes: stored.size,
    digest: stored.digest,
  });
  return { stored };
}

/** A package that was built again is stored only where there is none: one that is there but cannot be believed makes room. */
async function removeUnusable(node: BuildableNode, { finder, binhost }: BuildRun): Promise<void> {
  try {
    await finder.find(node);
  } catch (error) {
    if (!isFarmError(error)) throw error;
    await binhost.remove({ name: node.locked.name, buildHash: node.built.buildHash });
  }
}

function findViolations(
  node: BuildableNode,
  { task, run, prefix }: { task: BuildTask; run: BuildRun; prefix: string },
): readonly string[] {
  const dependencies = new Map(task.visible.map(({ storeName, directory }) => [storeName, directory]));
  const allowed = new Set(runClosureOf(node).map(({ built }) => built.storeName));
  const runtime = new Map([...dependencies].filter(([storeName]) => allowed.has(storeName)));
  const place = { root: run.farm.root, storeName: node.built.storeName, dependencies: runtime };
  return checkPrefix(prefix, place).map(({ path, state }) => (path === '' ? state : `${path}: ${state}`));
}

function rejectedBy(violations: readonly string[], { logPath }: BuildTask): BuildFailure {
  const more = violations.length > 1 ? ` (and ${violations.length - 1} more)` : '';
  const firstError = `${violations[0]}${more}`;
  return {
    phase: 'check',
    command: '',
    firstError,
    log: logPath,
    timedOut: false,
    violations: violations.slice(0, 50),
  };
}

function manifestOf(node: BuildableNode, base: Base) {
  const { evaluated, buildHash, storeName } = node.built;
  const { plan, info, tests, buildTools } = evaluated;
  const { contact: _, ...about } = info;
  const needed = node.dependencies.filter(
    ({ node: below, types }) => below.built && types.some((type) => type === 'link' || type === 'run'),
  );
  return {
    format: 'binfarm.package/1',
    name: node.locked.name,
    version: node.locked.version,
    variants: node.locked.variants,
    platform: node.platformName,
    buildHash,
    storeName,
    root: plan.root,
    ...about,
    dependencies: needed.map(({ node: below, types }) => ({
      name: below.locked.name,
      buildHash: below.built!.buildHash,
      storeName: below.built!.storeName,
      types,
    })),
    tests,
    provenance: {
      plan: digestOf(formatCanonicalJson(plan)),
      sources: plan.sources.map(({ file, digest }) => ({ file, digest })),
      base: base.id,
      buildTools,
    },
  } as const;
}

/** Unpacks the new package at another root and runs its tests there, with its run-time dependencies unpacked at that root too. */
async function testRelocated(
  node: BuildableNode,
  { task, run, output, buildContext }: { task: BuildTask; run: BuildRun; output: string; buildContext: BuildContext },
): Promise<BuildFailure | undefined> {
  const { tests } = node.built.evaluated;
  const closure = runClosureOf(node);
  await run.stores.provide('test', closure);
  const workFolder = testFolderOf(task.workFolder);
  const directory = await run.stores.place('test', node.built.storeName, output);
  const failure = await runTests(
    {
      key: node.key,
      tests,
      own: { name: node.locked.name, storeName: node.built.storeName, directory, direct: true },
      visible: closure.map((item) => ({
        name: item.locked.name,
        storeName: item.built.storeName,
        directory: join(run.farm.paths.testStore, item.built.storeName),
        direct: true,
      })),
      workFolder,
      logPath: task.logPath.replace(/\.log$/, '.test.log'),
    },
    buildContext,
  );
  if (failure) await removeFolder(directory);
  else run.context.emit({ type: 'package.tested', key: node.key, tests: tests.length });
  return failure;
}
