import { formatBytes, formatCount, formatSeconds } from '../../core/format-quantity.ts';
import { type EventOf, unhandledEvent } from './cli-event.ts';
import type { EventReading } from './event-reading.ts';
import { nameOfKey } from './name-of-key.ts';

/** What an event about a package or an area means for people. */
export function readPackageEvent(event: EventOf<'package' | 'area'>): EventReading | undefined {
  switch (event.type) {
    case 'package.scanned':
      return undefined;
    case 'package.packed': {
      if (!event.relocatable) {
        const line = `${event.storeName} can only be used at the path that it was built for`;
        return { does: 'tell', level: 'warning', line };
      }
      const size = `${formatBytes(event.bytes)} in ${formatSeconds(event.seconds)}`;
      return { does: 'tell', level: 'detail', line: `${event.storeName}: packed, ${size}` };
    }
    case 'package.strayed': {
      const more = event.count > 1 ? ` and ${event.count - 1} more` : '';
      const line = `${nameOfKey(event.key)}: ${event.path}${more} names ${event.storeName}, which is not there when it is used`;
      return { does: 'tell', level: 'detail', line };
    }
    case 'package.stored': {
      const size = `${formatCount(event.files, 'file')}, ${formatBytes(event.bytes)}`;
      return { does: 'tell', level: 'detail', line: `${nameOfKey(event.key)}: stored, ${size}` };
    }
    case 'package.tested':
      return {
        does: 'tell',
        level: 'detail',
        line: `${nameOfKey(event.key)}: ${formatCount(event.tests, 'test')} passed`,
      };
    case 'area.unpacked': {
      const size = `${formatCount(event.files, 'file')}, ${formatBytes(event.bytes)}`;
      return { does: 'tell', level: 'info', line: `${event.name} ${event.version}: unpacked, ${size}` };
    }
    case 'area.refetched': {
      const line = `${event.name} ${event.version} did not arrive as it was signed; it is fetched anew`;
      return { does: 'tell', level: 'warning', line };
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
