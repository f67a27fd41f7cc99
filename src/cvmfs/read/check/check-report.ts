import type { Fault } from '../format/invalid.ts';
import { faultOf } from '../format/invalid.ts';
import type { ReadContext } from '../read-context.ts';

/** What a check has found so far. */
export interface CheckReport {
  /** Notes a fault. Beyond the first thousand they are only counted. */
  readonly fault: (path: string, reason: string) => void;
  /** Notes what is allowed, and is likely to hurt. */
  readonly warn: (path: string, reason: string) => void;
  /** Does something; a fault that it throws is noted, all else is thrown. Undefined when there was one. */
  readonly attempt: <Result>(work: () => Promise<Result> | Result) => Promise<Result | undefined>;
  readonly result: () => {
    readonly faults: readonly Fault[];
    readonly faultCount: number;
    readonly warnings: readonly Fault[];
  };
}

const mostKept = 1000;

/** Begins a report; every fault is told as it is found. */
export function createReport({ emit }: Pick<ReadContext, 'emit'>): CheckReport {
  const faults: Fault[] = [];
  const warnings: Fault[] = [];
  let faultCount = 0;
  const fault = (path: string, reason: string) => {
    faultCount += 1;
    if (faults.length >= mostKept) return;
    faults.push({ path, reason });
    emit({ type: 'repository.faulted', path, reason });
  };
  return {
    fault,
    warn: (path, reason) => {
      if (warnings.length < mostKept) warnings.push({ path, reason });
    },
    attempt: async (work) => {
      try {
        return await work();
      } catch (error) {
        const found = faultOf(error);
        if (found === undefined) throw error;
        fault(found.path, found.reason);
        return undefined;
      }
    },
    result: () => ({ faults, faultCount, warnings }),
  };
}
