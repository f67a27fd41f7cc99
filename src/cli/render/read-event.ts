import type { BuildEvent } from '../../build/build-events.ts';
import { formatBytes, formatSeconds } from '../../core/format-quantity.ts';
import type { EventReading } from './event-reading.ts';

/** Every event that a command can emit. */
export type CliEvent = BuildEvent;

/** What an event means for people; undefined when it is only for machines. A new event that is not handled here does not compile. */
export function readEvent(event: CliEvent): EventReading | undefined {
  switch (event.type) {
    case 'base.started':
      return { does: 'start', item: 'base', title: `base of ${event.packages} packages`, counts: false };
    case 'base.finished':
      return { does: 'end', item: 'base', verdict: 'done', counts: false };
    case 'build.started':
      return {
        does: 'start',
        item: event.key,
        title: `${event.name} ${event.version}`,
        counts: true,
        ...(event.expectedSeconds === undefined ? {} : { seconds: event.expectedSeconds }),
      };
    case 'build.phaseStarted':
      return { does: 'phase', item: event.key, phase: event.phase };
    case 'build.output':
      return { does: 'output', item: event.key, line: event.line };
    case 'build.finished': {
      const line = `built in ${formatSeconds(event.seconds)}, ${formatBytes(event.peakBytes)} of memory`;
      return { does: 'end', item: event.key, verdict: 'done', line, counts: true };
    }
    case 'build.failed': {
      const line = `failed in ${event.phase}: ${event.firstError}`;
      return { does: 'end', item: event.key, verdict: 'failed', line, counts: true };
    }
    case 'build.skipped':
      return {
        does: 'end',
        item: event.key,
        verdict: 'skipped',
        line: `skipped, because ${event.because}`,
        counts: true,
      };
    default:
      return unhandled(event);
  }
}

function unhandled(event: never): never {
  throw new TypeError(`event ${JSON.stringify(event)} has no reading`);
}
