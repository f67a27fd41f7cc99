import { formatBytes, formatCount } from '../../core/format-quantity.ts';
import { type EventOf, unhandledEvent } from './cli-event.ts';
import type { EventReading } from './event-reading.ts';

/** What an event about publishing to a CVMFS repository means for people. */
export function readCvmfsEvent(event: EventOf<'cvmfs'>): EventReading | undefined {
  switch (event.type) {
    case 'cvmfs.started':
      return { does: 'start', item: event.repository, title: `${event.source} to ${event.repository}`, counts: false };
    case 'cvmfs.stored':
      return {
        does: 'tell',
        level: 'detail',
        line: `${formatCount(event.files, 'file')} stored, ${formatBytes(event.bytes)}`,
      };
    case 'cvmfs.packageStored':
      return {
        does: 'tell',
        level: 'detail',
        line: `${event.name} ${event.version}: ${formatCount(event.files, 'entry', 'entries')}, ${formatBytes(event.bytes)}`,
      };
    case 'cvmfs.published':
      return { does: 'end', item: event.repository, verdict: 'done', counts: false };
    case 'cvmfs.expiring': {
      const state = event.expired ? 'expired on' : 'expires on';
      const line = `the whitelist of ${event.repository} ${state} ${event.expires.slice(0, 10)}: binfarm cvmfs whitelist renew`;
      return { does: 'tell', level: 'warning', line };
    }
    case 'cvmfs.reindexed':
      return {
        does: 'tell',
        level: 'detail',
        line: `${formatCount(event.objects, 'object')} read, ${formatBytes(event.bytes)}`,
      };
    default:
      return unhandledEvent(event);
  }
}
