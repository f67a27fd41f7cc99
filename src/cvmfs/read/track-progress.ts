import type { ReadContext } from './read-context.ts';

/** Counts what is done in a part of some work, and tells it at most five times a second. */
export interface ProgressCounter {
  readonly add: (done: number, bytes: number) => void;
  readonly end: () => void;
}

const interval = 200;

/** Begins a part of some work; `of` is the whole, where it is known. */
export function trackProgress(
  { emit }: Pick<ReadContext, 'emit'>,
  { part, title, of }: { readonly part: string; readonly title: string; readonly of?: number },
): ProgressCounter {
  let [done, bytes, last] = [0, 0, 0];
  emit({ type: 'repository.started', part, title });
  return {
    add: (more, moreBytes) => {
      done += more;
      bytes += moreBytes;
      const now = performance.now();
      if (now - last < interval) return;
      last = now;
      emit({ type: 'repository.progressed', part, done, bytes, ...(of === undefined ? {} : { of }) });
    },
    end: () => emit({ type: 'repository.ended', part }),
  };
}
