import { formatBytes, formatSeconds } from '../../core/format-quantity.ts';
import { type EventOf, unhandledEvent } from './cli-event.ts';
import type { EventReading } from './event-reading.ts';

/** What an event about reading a CVMFS repository means for people. */
export function readRepositoryEvent(event: EventOf<'repository'>): EventReading | undefined {
  switch (event.type) {
    case 'repository.retried': {
      const wait = formatSeconds(event.waitSeconds);
      return { does: 'tell', level: 'detail', line: `${event.location}: ${event.reason}; again in ${wait}` };
    }
    case 'repository.refetched': {
      const line = `${event.location}: ${event.object} came damaged; asked for again past caches`;
      return { does: 'tell', level: 'warning', line };
    }
    case 'repository.started':
      return { does: 'start', item: event.part, title: event.title, counts: false };
    case 'repository.progressed': {
      const of = event.of === undefined ? '' : ` of ${event.of}`;
      return { does: 'output', item: event.part, line: `${event.done}${of}, ${formatBytes(event.bytes)}` };
    }
    case 'repository.ended':
      return { does: 'end', item: event.part, verdict: 'done', counts: false };
    case 'repository.faulted':
      return { does: 'tell', level: 'detail', line: `${event.path}: ${event.reason}` };
    case 'repository.polled': {
      const wait = formatSeconds(event.waitSeconds);
      return { does: 'tell', level: 'detail', line: `${event.location}: ${event.state}; again in ${wait}` };
    }
    case 'repository.served':
      return { does: 'tell', level: 'info', line: `${event.names.join(', ')}: served at ${event.url}` };
    default:
      return unhandledEvent(event);
  }
}
