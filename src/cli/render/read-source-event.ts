import { formatBytes, formatSeconds } from '../../core/format-quantity.ts';
import { type EventOf, unhandledEvent } from './cli-event.ts';
import type { EventReading } from './event-reading.ts';

/** What an event about a source means for people. */
export function readSourceEvent(event: EventOf<'source'>): EventReading | undefined {
  const item = `source ${event.digest}`;
  switch (event.type) {
    case 'source.started':
      return { does: 'start', item, title: event.file, counts: false };
    case 'source.progressed':
      return { does: 'progress', item, bytes: event.bytes, ...(event.size === undefined ? {} : { total: event.size }) };
    case 'source.retried': {
      const wait = formatSeconds(event.waitSeconds);
      return { does: 'tell', level: 'detail', line: `${event.file}: ${event.reason} (${event.url}); again in ${wait}` };
    }
    case 'source.failed':
      return { does: 'tell', level: 'detail', line: `${event.file}: ${event.reason} (${event.url})` };
    case 'source.finished': {
      if (event.cached) return { does: 'end', item, verdict: 'done', counts: false };
      const line = `fetched, ${formatBytes(event.bytes)} in ${formatSeconds(event.seconds)}`;
      return { does: 'end', item, verdict: 'done', line, counts: false };
    }
    default:
      return unhandledEvent(event);
  }
}
