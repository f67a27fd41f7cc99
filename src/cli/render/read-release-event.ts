import { formatCount } from '../../core/format-quantity.ts';
import { type EventOf, unhandledEvent } from './cli-event.ts';
import type { EventReading } from './event-reading.ts';

/** What an event about a release means for people. */
export function readReleaseEvent(event: EventOf<'release'>): EventReading | undefined {
  switch (event.type) {
    case 'release.planned':
      return { does: 'expect', items: event.packages };
    case 'release.checkStarted':
      return { does: 'start', item: itemOf(event), title: event.name, counts: true };
    case 'release.checked': {
      const line =
        event.faults === 0
          ? { line: 'nothing breaks' }
          : { line: formatCount(event.faults, 'thing that would break', 'things that would break') };
      return {
        does: 'end',
        item: itemOf(event),
        verdict: event.faults === 0 ? 'done' : 'failed',
        ...line,
        counts: true,
      };
    }
    default:
      return unhandledEvent(event);
  }
}

function itemOf({ platform, name }: { readonly platform: string; readonly name: string }): string {
  return `check ${platform}/${name}`;
}
