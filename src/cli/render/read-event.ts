import type { BuildEvent } from '../../build/build-events.ts';
import type { SourceEvent } from '../../build/sources/source-events.ts';
import type { EventReading } from './event-reading.ts';
import { readBuildEvent } from './read-build-event.ts';
import { readSourceEvent } from './read-source-event.ts';

/** Every event that a command can emit. */
export type CliEvent = BuildEvent | SourceEvent;

/** What an event means for people; undefined when it is only for machines. A new event that is not handled here does not compile. */
export function readEvent(event: CliEvent): EventReading | undefined {
  switch (event.type) {
    case 'source.started':
    case 'source.progressed':
    case 'source.retried':
    case 'source.failed':
    case 'source.finished':
      return readSourceEvent(event);
    case 'base.started':
    case 'base.finished':
    case 'build.started':
    case 'build.phaseStarted':
    case 'build.output':
    case 'build.finished':
    case 'build.failed':
    case 'build.skipped':
      return readBuildEvent(event);
    default:
      return unhandled(event);
  }
}

function unhandled(event: never): never {
  throw new TypeError(`event ${JSON.stringify(event)} has no reading`);
}
