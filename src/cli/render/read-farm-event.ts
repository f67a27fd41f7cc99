import { describeOwner } from '../../core/file-lock.ts';
import { formatCount } from '../../core/format-quantity.ts';
import { type EventOf, unhandledEvent } from './cli-event.ts';
import type { EventReading } from './event-reading.ts';

/** What an event about a farm as a whole means for people. */
export function readFarmEvent(event: EventOf<'farm'>): EventReading | undefined {
  switch (event.type) {
    case 'farm.waited':
      return { does: 'tell', level: 'info', line: `Waiting for "${event.path}": ${describeOwner(event.owner)}` };
    case 'farm.planned': {
      const seconds = event.seconds === undefined ? {} : { seconds: event.seconds };
      return { does: 'expect', items: event.builds, ...seconds };
    }
    case 'farm.locked': {
      const line = `${event.platform}: ${formatCount(event.packages, 'package')}${event.changed ? ', binfarm.lock changed' : ''}`;
      return { does: 'tell', level: event.changed ? 'info' : 'detail', line };
    }
    default:
      return unhandledEvent(event);
  }
}
