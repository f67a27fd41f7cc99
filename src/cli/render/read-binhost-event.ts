import { formatBytes, formatCount, formatSeconds } from '../../core/format-quantity.ts';
import { type EventOf, unhandledEvent } from './cli-event.ts';
import type { EventReading } from './event-reading.ts';

/** What an event about a binhost means for people. */
export function readBinhostEvent(event: EventOf<'binhost'>): EventReading | undefined {
  switch (event.type) {
    case 'binhost.retried': {
      const wait = formatSeconds(event.waitSeconds);
      return { does: 'tell', level: 'detail', line: `${event.location}: ${event.reason}; again in ${wait}` };
    }
    case 'binhost.skipped':
      return { does: 'tell', level: 'warning', line: `${event.location} is left out: ${event.reason}` };
    case 'binhost.planned':
      return { does: 'expect', items: event.packages };
    case 'binhost.started':
      return { does: 'start', item: itemOf(event), title: `${event.name} ${event.version}`, counts: true };
    case 'binhost.progressed':
      return { does: 'progress', item: itemOf(event), bytes: event.bytes, total: event.total };
    case 'binhost.copied': {
      const how = event.mounted ? 'taken over within the registry' : `copied in ${formatSeconds(event.seconds)}`;
      return {
        does: 'end',
        item: itemOf(event),
        verdict: 'done',
        line: `${formatBytes(event.bytes)}, ${how}`,
        counts: true,
      };
    }
    case 'binhost.failed':
      return { does: 'end', item: itemOf(event), verdict: 'failed', line: event.reason, counts: true };
    case 'binhost.examined': {
      const bytes = formatBytes(event.bytes);
      if (event.problem === undefined)
        return { does: 'tell', level: 'detail', line: `${event.name}: right, ${bytes} read` };
      return { does: 'tell', level: 'warning', line: `${event.name}: ${event.problem}` };
    }
    case 'binhost.removed':
      return {
        does: 'tell',
        level: 'detail',
        line: `${event.name} ${event.buildHash.slice(0, 20)}: removed, ${event.reason}`,
      };
    case 'binhost.swept':
      return {
        does: 'tell',
        level: 'detail',
        line: `${formatCount(event.count, 'leftover')}, ${formatBytes(event.bytes)}: removed`,
      };
    default:
      return unhandledEvent(event);
  }
}

function itemOf({ buildHash }: { readonly buildHash: string }): string {
  return `package ${buildHash}`;
}
