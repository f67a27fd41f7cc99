import { dirname, join } from 'node:path';
import type { ErrorCode } from '../core/error-codes.ts';
import type { Emit } from '../core/events.ts';
import { FarmError, isFarmError } from '../core/farm-error.ts';
import { makeFolder } from '../core/make-folder.ts';
import type { PlanPhase } from '../model/plan.ts';
import type { Base } from './base/base.ts';
import type { BuildEvent } from './build-events.ts';
import { type BuildLog, openBuildLog } from './build-log.ts';
import type { BuildCost, BuildTask } from './build-task.ts';
import { findFirstError } from './find-first-error.ts';
import type { Jobserver } from './jobserver.ts';
import { buildEnvironment, describeSandbox, prepareWorkFolder } from './make-sandbox.ts';
import { runSteps, type StepContext, type StepFailure } from './run-steps.ts';
import { unpackSources } from './unpack-sources.ts';

/** What builds share. */
export interface BuildContext {
  readonly base: Base;
  readonly jobserver: Jobserver;
  readonly jobs: number;
  readonly emit: Emit<BuildEvent>;
  readonly signal?: AbortSignal;
}

/** A phase that failed, as the ledger and the user are told. */
export interface BuildFailure {
  readonly phase: string;
  readonly command: string;
  readonly firstError: string;
  readonly log: string;
  readonly timedOut: boolean;
  /** Of a result that was refused: what is wrong with it, a line each. */
  readonly violations?: readonly string[];
}

/** How a build ended: with a prefix to be packed, or with a failure and its work folder kept. */
export interface BuildOutcome {
  readonly cost: BuildCost;
  /** The folder on this machine that holds what was installed. */
  readonly prefix: string;
  readonly failure?: BuildFailure;
}

/** Builds one package in a sandbox: unpacks its sources and runs the plan's phases; the result lies in the work folder. */
export async function runBuild(task: BuildTask, context: BuildContext): Promise<BuildOutcome> {
  const start = performance.now();
  await prepareWorkFolder(task.workFolder);
  await makeFolder(dirname(task.logPath));
  const log = await openBuildLog(task.logPath);
  const prefix = join(task.workFolder, 'prefix');
  const cost = { cpuSeconds: 0, peakBytes: 0 };
  try {
    context.emit({ type: 'build.phaseStarted', key: task.key, phase: 'unpack' });
    await unpackSources(task, join(task.workFolder, 'source'));
    const steps = stepContext(task, context, log);
    for (const phase of task.plan.phases) {
      const failure = await runPhase(phase, { task, context, log, steps, cost });
      if (failure) return { cost: costSince(start, cost), prefix, failure };
    }
    return { cost: costSince(start, cost), prefix };
  } finally {
    await log.close();
  }
}

/** The sandbox and environment of a build; also what a shell in a kept build folder gets. */
export function describeBuildSandbox(task: BuildTask, { base, jobs }: Pick<BuildContext, 'base' | 'jobs'>) {
  const directory = join(task.workFolder, 'prefix');
  const { sandbox, values } = describeSandbox({
    base,
    workFolder: task.workFolder,
    root: task.plan.root,
    visible: task.visible,
    own: { storeName: task.storeName, directory, writable: true },
    jobs,
  });
  return { sandbox, values, directory, env: buildEnvironment(task, values) };
}

function stepContext(task: BuildTask, context: BuildContext, log: BuildLog): StepContext {
  const { sandbox, values, directory, env } = describeBuildSandbox(task, context);
  return {
    sandbox,
    values,
    env: { ...env, MAKEFLAGS: context.jobserver.makeFlags },
    log,
    writable: [
      ['/work', task.workFolder],
      [values.prefix, directory],
    ],
    jobserver: context.jobserver.descriptor,
    onLine: (line) => context.emit({ type: 'build.output', key: task.key, line }),
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  };
}

interface PhaseRun {
  readonly task: BuildTask;
  readonly context: BuildContext;
  readonly log: BuildLog;
  readonly steps: StepContext;
  readonly cost: { cpuSeconds: number; peakBytes: number };
}

async function runPhase(
  phase: PlanPhase,
  { task, context, log, steps, cost }: PhaseRun,
): Promise<BuildFailure | undefined> {
  context.emit({ type: 'build.phaseStarted', key: task.key, phase: phase.name });
  log.mark();
  log.write(`== ${phase.name}`);
  try {
    const result = await runSteps(phase, steps);
    cost.cpuSeconds += result.cpuSeconds;
    cost.peakBytes = Math.max(cost.peakBytes, result.peakBytes);
    context.signal?.throwIfAborted();
    return result.failure && describeFailure(phase, result.failure, log);
  } catch (error) {
    if (!isFarmError(error, 'BUILD_FAILED') && !isFarmError(error, 'PATH_UNSAFE')) throw error;
    log.write(error.message);
    return { phase: phase.name, command: '', firstError: error.message, log: log.path, timedOut: false };
  }
}

function describeFailure(phase: PlanPhase, failure: StepFailure, log: BuildLog): BuildFailure {
  const limit = `the phase took longer than its limit of ${phase.timeoutSeconds} s`;
  const firstError = failure.timedOut
    ? limit
    : findFirstError(log.linesSinceMark().filter((line) => !line.startsWith('$ ')));
  log.write(`== failed: ${failure.timedOut ? limit : `exit code ${failure.exitCode}`}`);
  return { phase: phase.name, command: failure.command, firstError, log: log.path, timedOut: failure.timedOut };
}

function costSince(start: number, { cpuSeconds, peakBytes }: { cpuSeconds: number; peakBytes: number }): BuildCost {
  return { seconds: (performance.now() - start) / 1000, cpuSeconds, peakBytes };
}

/** The error of a failed build, for whoever has to stop because of it. */
export function buildFailed(task: Pick<BuildTask, 'key' | 'plan'>, failure: BuildFailure): FarmError {
  const code = codeOf(failure);
  const again = 'Free some space (binfarm clean --dry-run shows what could go), then run the same command again';
  return new FarmError(code, `Cannot build "${task.key}": ${failure.firstError}`, {
    hint: code === 'DISK_FULL' ? again : `binfarm build --shell ${task.plan.name}`,
    details: { ...failure, output: describeWhere(failure) },
  });
}

/** What is shown below the first error of a failed build. */
function describeWhere({ phase, command, violations = [], log }: BuildFailure): readonly string[] {
  const all = violations.length > 1 ? violations : [];
  return [`in phase ${phase}${command === '' ? '' : `: ${command}`}`, ...all, `log: ${log}`];
}

/** A compiler that ran out of space is no fault of the package. */
function codeOf({ timedOut, violations, firstError }: BuildFailure): ErrorCode {
  if (timedOut) return 'BUILD_TIMEOUT';
  if (violations !== undefined) return 'PACKAGE_REJECTED';
  return firstError.includes('No space left on device') ? 'DISK_FULL' : 'BUILD_FAILED';
}
