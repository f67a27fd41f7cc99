import { formatBytes, formatCount } from '../../core/format-quantity.ts';
import { type EventOf, unhandledEvent } from './cli-event.ts';
import type { EventReading } from './event-reading.ts';

/** What an event about an image means for people. */
export function readImageEvent(event: EventOf<'image'>): EventReading | undefined {
  switch (event.type) {
    case 'image.planned': {
      const line = `${event.image} for ${event.platform}: ${formatCount(event.packages, 'package')} in ${formatCount(event.layers, 'layer')}`;
      return { does: 'tell', level: 'detail', line };
    }
    case 'image.putStarted':
      return { does: 'expect', items: event.layers };
    case 'image.layerPut': {
      const line = `${formatBytes(event.bytes)}, ${fates[event.fate]}`;
      return {
        does: 'end',
        item: `layer ${event.digest}`,
        title: shortened(event.title),
        verdict: event.fate === 'kept' ? 'skipped' : 'done',
        line,
        counts: true,
      };
    }
    case 'image.conflicted': {
      const line = `${event.path} is that of ${event.winner}; ${event.losers.join(', ')} has it, too`;
      return { does: 'tell', level: 'detail', line };
    }
    case 'image.baseChanged':
      return {
        does: 'tell',
        level: 'info',
        line: `The base ${event.base} is ${event.after} now; it was ${event.before}`,
      };
    case 'image.checkStarted':
      return { does: 'expect', items: event.layers };
    case 'image.layerChecked': {
      const verdict = event.isGood ? 'done' : 'failed';
      const line = formatBytes(event.bytes);
      return { does: 'end', item: `layer ${event.digest}`, title: shortened(event.title), verdict, line, counts: true };
    }
    case 'image.fileSystemStarted':
      return { does: 'start', item: `sif ${event.path}`, title: event.image, counts: false };
    case 'image.fileSystemGrew':
      return { does: 'progress', item: `sif ${event.path}`, bytes: event.bytes };
    case 'image.sifWritten': {
      const line = formatBytes(event.bytes);
      return { does: 'end', item: `sif ${event.path}`, verdict: 'done', line, counts: false };
    }
    case 'image.removed':
      return { does: 'tell', level: 'info', line: `Removed ${event.image} from ${event.location}: ${event.reason}` };
    default:
      return unhandledEvent(event);
  }
}

function shortened(title: string): string {
  return title.length > 60 ? `${title.slice(0, 57)}...` : title;
}

const fates = { kept: 'there already', mounted: 'from another repository', written: 'written' } as const;
