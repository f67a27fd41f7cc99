import type { Emit } from '../../core/events.ts';
import type { ReadingEvent } from './reading-events.ts';

/** What reading a repository needs beside its location. */
export interface ReadContext {
  readonly emit: Emit<ReadingEvent>;
  readonly signal?: AbortSignal;
  /** Seconds before the first repetition of a request; 0.5 where it is absent. */
  readonly firstPause?: number;
}
