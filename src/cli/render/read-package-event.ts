import { formatBytes, formatCount } from '../../core/format-quantity.ts';
import { type EventOf, unhandledEvent } from './cli-event.ts';
import type { EventReading } from './event-reading.ts';

/** What an event about a package or an area means for people. */
export function readPackageEvent(event: EventOf<'package' | 'area'>): EventReading | undefined {
  switch (event.type) {
    case 'package.stored': {
      const size = `${formatCount(event.files, 'file')}, ${formatBytes(event.bytes)}`;
      return { does: 'tell', level: 'detail', line: `${event.key}: stored, ${size}` };
    }
    case 'package.tested':
      return { does: 'tell', level: 'detail', line: `${event.key}: ${formatCount(event.tests, 'test')} passed` };
    case 'area.unpacked': {
      const size = `${formatCount(event.files, 'file')}, ${formatBytes(event.bytes)}`;
      return { does: 'tell', level: 'info', line: `${event.name} ${event.version}: unpacked, ${size}` };
    }
    case 'area.conflicted': {
      const line = `${event.path} comes from ${event.winner}, not from ${event.losers.join(', ')}`;
      return { does: 'tell', level: 'warning', line };
    }
    case 'area.switched': {
      const line = `${event.area}: generation ${event.generation}, ${formatCount(event.packages, 'package')}`;
      return { does: 'tell', level: 'detail', line };
    }
    default:
      return unhandledEvent(event);
  }
}
