import type { EventReading, Verdict } from './event-reading.ts';

/** One item of work under way. */
export interface ProgressItem {
  readonly title: string;
  readonly since: number;
  readonly counts: boolean;
  readonly expectedSeconds?: number;
  readonly phase?: string;
  readonly lastLine?: string;
  readonly bytes?: number;
  readonly totalBytes?: number;
}

/** What a display of work under way needs to know; times are milliseconds of one clock. */
export interface Progress {
  readonly since: number;
  readonly items: ReadonlyMap<string, ProgressItem>;
  readonly ended: Readonly<Record<Verdict, number>>;
  readonly expectedItems?: number;
  readonly expectedSeconds?: number;
  /** The estimates of the items that have ended. */
  readonly endedSeconds: number;
}

/** The state before the first event. */
export function emptyProgress(now: number): Progress {
  return { since: now, items: new Map(), ended: { done: 0, failed: 0, skipped: 0 }, endedSeconds: 0 };
}

/** The state after an event. */
export function advanceProgress(progress: Progress, reading: EventReading, now: number): Progress {
  switch (reading.does) {
    case 'expect': {
      const seconds = reading.seconds === undefined ? {} : { expectedSeconds: reading.seconds };
      return { ...progress, expectedItems: reading.items, ...seconds };
    }
    case 'start': {
      const seconds = reading.seconds === undefined ? {} : { expectedSeconds: reading.seconds };
      return withItem(progress, reading.item, { title: reading.title, since: now, counts: reading.counts, ...seconds });
    }
    case 'phase':
      return changeItem(progress, reading.item, { phase: reading.phase });
    case 'output':
      return changeItem(progress, reading.item, { lastLine: reading.line });
    case 'progress':
      return changeItem(progress, reading.item, {
        bytes: reading.bytes,
        ...(reading.total === undefined ? {} : { totalBytes: reading.total }),
      });
    case 'end':
      return endItem(progress, reading);
    case 'tell':
      return progress;
  }
}

/** The seconds that are left, from the estimates and from how they have held so far; undefined while nothing can be said. */
export function remainingSeconds(progress: Progress, now: number): number | undefined {
  const { expectedSeconds } = progress;
  if (expectedSeconds === undefined || expectedSeconds <= 0) return undefined;
  const elapsed = (now - progress.since) / 1000;
  const running = [...progress.items.values()].map((item) => {
    return Math.min((now - item.since) / 1000, item.expectedSeconds ?? 0);
  });
  const done = Math.min(
    expectedSeconds,
    running.reduce((sum, seconds) => sum + seconds, progress.endedSeconds),
  );
  const share = done / expectedSeconds;
  if (share < 0.05) return undefined;
  return (elapsed * (1 - share)) / share;
}

function endItem(progress: Progress, reading: Extract<EventReading, { does: 'end' }>): Progress {
  const items = new Map(progress.items);
  const item = items.get(reading.item);
  items.delete(reading.item);
  if (!reading.counts) return { ...progress, items };
  const ended = { ...progress.ended, [reading.verdict]: progress.ended[reading.verdict] + 1 };
  return { ...progress, items, ended, endedSeconds: progress.endedSeconds + (item?.expectedSeconds ?? 0) };
}

function withItem(progress: Progress, key: string, item: ProgressItem): Progress {
  return { ...progress, items: new Map(progress.items).set(key, item) };
}

function changeItem(progress: Progress, key: string, change: Partial<ProgressItem>): Progress {
  const item = progress.items.get(key);
  return item === undefined ? progress : withItem(progress, key, { ...item, ...change });
}
