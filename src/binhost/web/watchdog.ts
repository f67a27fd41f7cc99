import { WebProblem } from './web-problem.ts';

/** Gives up waiting for a server that sends nothing. */
export interface Watchdog {
  /** For `fetch`: aborts when a step takes too long or the caller's own signal says so. */
  readonly signal: AbortSignal;
  /** Waits for one step on the network, so many seconds longer than usual.
   * @throws WebProblem when it takes too long */
  readonly wait: <Value>(step: Promise<Value>, extraSeconds?: number) => Promise<Value>;
}

/** Makes a watchdog that allows each step `seconds`; time between steps, as for a slow disk, does not count. */
export function createWatchdog(seconds: number, signal: AbortSignal | undefined): Watchdog {
  const expiry = new AbortController();
  return {
    signal: signal === undefined ? expiry.signal : AbortSignal.any([signal, expiry.signal]),
    wait: async (step, extraSeconds = 0) => {
      const allowed = seconds + extraSeconds;
      const timer = setTimeout(() => expiry.abort(), allowed * 1000);
      try {
        return await step;
      } catch (error) {
        signal?.throwIfAborted();
        if (expiry.signal.aborted)
          throw new WebProblem('passing', `nothing came for ${Math.round(allowed)} s`, { cause: error });
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
