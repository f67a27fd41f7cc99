import { formatBytes, formatCount, formatSeconds } from '../../core/format-quantity.ts';
import { type EventOf, unhandledEvent } from './cli-event.ts';
import type { EventReading } from './event-reading.ts';
import { nameOfKey } from './name-of-key.ts';

/** What an event about builds means for people. */
export function readBuildEvent(event: EventOf<'base' | 'build'>): EventReading | undefined {
  switch (event.type) {
    case 'base.started': {
      const title = `base (${formatCount(event.packages, 'package')})`;
      return { does: 'start', item: 'base', title, counts: false };
    }
    case 'base.finished':
      return { does: 'end', item: 'base', verdict: 'done', counts: false };
    case 'build.started': {
      const seconds = event.expectedSeconds === undefined ? {} : { seconds: event.expectedSeconds };
      return { does: 'start', item: event.key, title: `${event.name} ${event.version}`, counts: true, ...seconds };
    }
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
    case 'build.skipped': {
      const line = `skipped, because it needs ${nameOfKey(event.because)}`;
      return { does: 'end', item: event.key, title: nameOfKey(event.key), verdict: 'skipped', line, counts: true };
    }
    default:
      return unhandledEvent(event);
  }
}
