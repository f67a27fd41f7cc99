import { join } from 'node:path';
import type { PlanTest } from '../model/plan.ts';
import type { BuildLog } from './build-log.ts';
import { openBuildLog } from './build-log.ts';
import type { VisiblePackage } from './build-task.ts';
import { findFirstError } from './find-first-error.ts';
import { describeSandbox, prepareWorkFolder } from './make-sandbox.ts';
import type { BuildContext, BuildFailure } from './run-build.ts';
import { runSteps } from './run-steps.ts';
import { insidePaths } from './sandbox/sandbox-argv.ts';

/** Where relocated packages are seen by their tests: a root that no build has ever seen. */
export const testRoot = '/relocated';

/** An installed package to be tested, with only what it declares as needed to run. */
export interface TestTask {
  readonly key: string;
  readonly tests: readonly PlanTest[];
  readonly own: VisiblePackage;
  readonly visible: readonly VisiblePackage[];
  readonly workFolder: string;
  readonly logPath: string;
  /** The root that the packages were unpacked for, where it is not `testRoot`. */
  readonly root?: string;
}

/** Runs a package's tests at a prefix other than the one it was built for; gives the first failure, if any. */
export async function runTests(task: TestTask, context: BuildContext): Promise<BuildFailure | undefined> {
  if (task.tests.length === 0) return undefined;
  context.emit({ type: 'build.phaseStarted', key: task.key, phase: 'test' });
  await prepareWorkFolder(task.workFolder);
  const log = await openBuildLog(task.logPath);
  try {
    for (const test of task.tests) {
      const failure = await runTest(test, task, { context, log });
      if (failure) return failure;
    }
    return undefined;
  } finally {
    await log.close();
  }
}

async function runTest(
  test: PlanTest,
  task: TestTask,
  { context, log }: { context: BuildContext; log: BuildLog },
): Promise<BuildFailure | undefined> {
  const { sandbox, values } = describeSandbox({
    base: context.base,
    workFolder: task.workFolder,
    root: task.root ?? testRoot,
    visible: task.visible,
    own: { ...task.own, writable: false },
    jobs: context.jobs,
  });
  log.mark();
  log.write(`== test ${test.name}`);
  const result = await runSteps(test, {
    sandbox,
    values,
    env: testEnvironment(values.prefix),
    log,
    writable: [['/work', task.workFolder]],
    onLine: (line) => context.emit({ type: 'build.output', key: task.key, line }),
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
  if (result.failure === undefined) return undefined;
  const lines = log.linesSinceMark().filter((line) => !line.startsWith('$ ') && !line.startsWith('== '));
  return {
    phase: `test ${test.name}`,
    command: result.failure.command,
    firstError: findFirstError(lines),
    log: log.path,
    timedOut: result.failure.timedOut,
  };
}

/** A user's environment and nothing of the build's. */
function testEnvironment(prefix: string): Record<string, string> {
  return { PATH: `${prefix}/bin:/usr/bin:/bin`, HOME: insidePaths.home, TMPDIR: '/tmp', LC_ALL: 'C.UTF-8', TZ: 'UTC' };
}

/** The work folder of a package's tests, beside that of its build. */
export function testFolderOf(workFolder: string): string {
  return join(`${workFolder}.test`);
}
