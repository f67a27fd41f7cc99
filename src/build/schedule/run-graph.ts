/** A task of a graph: it can start when all that it needs has succeeded. */
export interface GraphTask {
  readonly key: string;
  readonly needs: readonly string[];
  /** Where several could start, the one with the highest rank does. */
  readonly rank: number;
}

/** What became of a task. */
export type GraphResult<Result> =
  | { readonly state: 'done'; readonly result: Result }
  | { readonly state: 'failed'; readonly error: unknown }
  /** Not started, because `because` failed or was skipped itself. */
  | { readonly state: 'skipped'; readonly because: string };

/** How a graph is run. */
export interface GraphOptions<Task extends GraphTask, Result> {
  readonly parallel: number;
  readonly run: (task: Task) => Promise<Result>;
  /** True: tasks that need nothing that failed go on. False: nothing new starts after a failure. */
  readonly keepGoing: boolean;
  readonly onSkipped?: (task: Task, because: string) => void;
}

/** Runs tasks in the order of their needs, several at a time; a failure skips what needs it.
 * Needs that name no task of the graph count as met. */
export async function runGraph<Task extends GraphTask, Result>(
  tasks: readonly Task[],
  options: GraphOptions<Task, Result>,
): Promise<Map<string, GraphResult<Result>>> {
  const results = new Map<string, GraphResult<Result>>();
  const waiting = new Map(tasks.toSorted((a, b) => b.rank - a.rank).map((task) => [task.key, task]));
  const running = new Map<string, Promise<void>>();
  let stopped = false;

  const start = (task: Task) => {
    waiting.delete(task.key);
    const work = options.run(task).then(
      (result) => void results.set(task.key, { state: 'done', result }),
      (error: unknown) => {
        results.set(task.key, { state: 'failed', error });
        stopped ||= !options.keepGoing;
      },
    );
    running.set(
      task.key,
      work.finally(() => running.delete(task.key)),
    );
  };

  for (;;) {
    skipHopeless(waiting, results, options.onSkipped);
    for (const task of waiting.values()) {
      if (stopped || running.size >= options.parallel) break;
      if (!task.needs.some((key) => waiting.has(key) || running.has(key))) start(task);
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  for (const task of waiting.values()) results.set(task.key, { state: 'skipped', because: 'an earlier failure' });
  return results;
}

/** Takes out what needs something that failed or was skipped, until nothing changes. */
function skipHopeless<Task extends GraphTask, Result>(
  waiting: Map<string, Task>,
  results: Map<string, GraphResult<Result>>,
  onSkipped: GraphOptions<Task, Result>['onSkipped'],
): void {
  const hopelessNeed = (task: Task) =>
    task.needs.find((key) => ['failed', 'skipped'].includes(results.get(key)?.state ?? ''));
  for (let changed = true; changed; ) {
    changed = false;
    for (const task of waiting.values()) {
      const need = hopelessNeed(task);
      if (need === undefined) continue;
      const result = results.get(need);
      const because = result?.state === 'skipped' ? result.because : need;
      waiting.delete(task.key);
      results.set(task.key, { state: 'skipped', because });
      onSkipped?.(task, because);
      changed = true;
    }
  }
}
