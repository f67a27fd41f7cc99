import { type AddressProblem, problemOfFetchError } from './address-problem.ts';

/** Gives up waiting for a server that sends nothing. */
export interface Watchdog {
  /** For `fetch`: aborts when a step takes too long or the caller's own signal says so. */
  readonly signal: AbortSignal;
  /** Waits for one step on the network; its failure becomes a value, all else is thrown. */
  wait<Value>(step: Promise<Value>): Promise<{ value: Value } | { problem: AddressProblem }>;
}

/** Makes a watchdog that allows each step `seconds`; time between steps, as for a slow disk, does not count. */
export function createWatchdog(seconds: number, signal: AbortSignal | undefined): Watchdog {
  const expiry = new AbortController();
  return {
    signal: signal === undefined ? expiry.signal : AbortSignal.any([signal, expiry.signal]),
    wait: async (step) => {
      const timer = setTimeout(() => expiry.abort(), seconds * 1000);
      try {
        return { value: await step };
      } catch (error) {
        signal?.throwIfAborted();
        if (expiry.signal.aborted) return { problem: { kind: 'passing', reason: `no data came for ${seconds} s` } };
        const problem = problemOfFetchError(error);
        if (problem === undefined) throw error;
        return { problem };
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
