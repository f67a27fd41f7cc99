import { type CliEvent, isEventOf, unhandledEvent } from './cli-event.ts';
import type { EventReading } from './event-reading.ts';
import { readBinhostEvent } from './read-binhost-event.ts';
import { readBuildEvent } from './read-build-event.ts';
import { readFarmEvent } from './read-farm-event.ts';
import { readPackageEvent } from './read-package-event.ts';
import { readSourceEvent } from './read-source-event.ts';

/** What an event means for people; undefined when it is only for machines. */
export function readEvent(event: CliEvent): EventReading | undefined {
  if (isEventOf(event, 'source')) return readSourceEvent(event);
  if (isEventOf(event, 'base') || isEventOf(event, 'build')) return readBuildEvent(event);
  if (isEventOf(event, 'binhost')) return readBinhostEvent(event);
  if (isEventOf(event, 'farm')) return readFarmEvent(event);
  if (isEventOf(event, 'package') || isEventOf(event, 'area')) return readPackageEvent(event);
  return unhandledEvent(event);
}
