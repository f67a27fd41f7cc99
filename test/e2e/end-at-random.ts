import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { killTree } from './kill-tree.ts';
import type { RandomMoments } from './random-moments.ts';
import type { Run } from './run-binfarm.ts';
import type { StartedRun } from './start-binfarm.ts';

/** How long a command takes when nobody disturbs it, in milliseconds. */
export interface Timing {
  readonly total: number;
  /** From the moment when it begins to change something. */
  readonly work: number;
}

/** Times a run, which must succeed. */
export async function timeRun(run: StartedRun, hasBegun: () => boolean): Promise<Timing> {
  const start = performance.now();
  const begun = until(hasBegun, run);
  const { exitCode, stderr } = await run.ended;
  assert.equal(exitCode, 0, stderr);
  const end = performance.now();
  return { total: end - start, work: end - (await begun) };
}

/** The shorter one of two timings: what disturbs only makes them longer. */
export function quickest(one: Timing | undefined, other: Timing): Timing {
  return one === undefined ? other : { total: Math.min(one.total, other.total), work: Math.min(one.work, other.work) };
}

/** Ends a run at a moment and in a way that are chosen by chance: a third of them at any moment of all its time, the others at one of the time in which it works, however long the
 * machine took to get there. Most are ended without a warning.
 * @returns how it ended, and a description for people */
export async function endAtRandom(
  run: StartedRun,
  {
    moments,
    timing,
    hasBegun,
  }: { readonly moments: RandomMoments; readonly timing: Timing; readonly hasBegun: () => boolean },
): Promise<{ readonly ended: Run; readonly about: string }> {
  const isInWork = moments.next() < 2 / 3;
  const wait = moments.next() * 1.05 * (isInWork ? timing.work : timing.total);
  if (isInWork) await until(hasBegun, run);
  await Promise.race([sleep(wait), run.ended]);
  const how = endBy(run, moments.next());
  const ended = await run.ended;
  assert.ok([null, 0, 130, 143].includes(ended.exitCode), `${how}: ${ended.exitCode} ${ended.stderr}`);
  const when = `${Math.round(wait)} ms ${isInWork ? 'of its work' : 'of all'}`;
  return { ended, about: `seed ${moments.seed}: ${how} after ${when}, exit code ${ended.exitCode}: ${ended.stderr}` };
}

function endBy(run: StartedRun, choice: number): string {
  if (choice < 0.7) {
    killTree(run.pid);
    return 'SIGKILL to all';
  }
  if (choice < 0.8) {
    run.kill('SIGKILL', 'process');
    return 'SIGKILL';
  }
  const byUser = choice < 0.9;
  run.kill(byUser ? 'SIGINT' : 'SIGTERM', byUser ? 'group' : 'process');
  return byUser ? 'Ctrl-C' : 'SIGTERM';
}

/** Waits until a run has begun, or ended, and gives the time. */
async function until(hasBegun: () => boolean, run: StartedRun): Promise<number> {
  let isOver = false;
  void run.ended.then(() => {
    isOver = true;
  });
  while (!isOver && !hasBegun()) await sleep(2);
  return performance.now();
}
