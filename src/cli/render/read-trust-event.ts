import { type EventOf, unhandledEvent } from './cli-event.ts';
import type { EventReading } from './event-reading.ts';

/** What an event about whom one believes means for people. */
export function readTrustEvent(event: EventOf<'trust'>): EventReading | undefined {
  switch (event.type) {
    case 'trust.followed': {
      const name = event.name === '' ? '' : ` (${event.name})`;
      const line = `Key ${event.from} has named ${event.to}${name} to follow on it; that is believed from now on`;
      return { does: 'tell', level: 'info', line };
    }
    case 'trust.revoked': {
      const line = `key ${event.key} was revoked on ${event.time.slice(0, 10)}${because(event.reason)}`;
      return { does: 'tell', level: 'warning', line };
    }
    case 'trust.expiring': {
      const name = event.name === '' ? '' : ` (${event.name})`;
      const when = `${event.expired ? 'expired' : 'expires'} on ${event.expires.slice(0, 10)}`;
      return { does: 'tell', level: 'warning', line: `key ${event.key}${name} ${when}, and none follows on it yet` };
    }
    case 'trust.bypassed':
      return { does: 'tell', level: 'alarm', line: `${event.subject}: ${event.reason} (--insecure)` };
    case 'trust.withdrawn': {
      const instead = event.instead === undefined ? '' : `; use ${event.instead} instead`;
      const line = `release ${event.release} was withdrawn on ${event.withdrawn.slice(0, 10)}${because(event.reason)}${instead}`;
      return { does: 'tell', level: 'warning', line };
    }
    default:
      return unhandledEvent(event);
  }
}

function because(reason: string): string {
  return reason === '' ? '' : `: ${reason}`;
}
