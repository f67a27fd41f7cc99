import { type CliEvent, isEventOf, unhandledEvent } from './cli-event.ts';
import type { EventReading } from './event-reading.ts';
import { readBinhostEvent } from './read-binhost-event.ts';
import { readBuildEvent } from './read-build-event.ts';
import { readCvmfsEvent } from './read-cvmfs-event.ts';
import { readFarmEvent } from './read-farm-event.ts';
import { readImageEvent } from './read-image-event.ts';
import { readPackageEvent } from './read-package-event.ts';
import { readRecipeEvent } from './read-recipe-event.ts';
import { readReleaseEvent } from './read-release-event.ts';
import { readRepositoryEvent } from './read-repository-event.ts';
import { readSourceEvent } from './read-source-event.ts';
import { readTrustEvent } from './read-trust-event.ts';

/** What an event means for people; undefined when it is only for machines. */
export function readEvent(event: CliEvent): EventReading | undefined {
  if (isEventOf(event, 'source')) return readSourceEvent(event);
  if (isEventOf(event, 'base') || isEventOf(event, 'build')) return readBuildEvent(event);
  if (isEventOf(event, 'binhost')) return readBinhostEvent(event);
  if (isEventOf(event, 'cvmfs')) return readCvmfsEvent(event);
  if (isEventOf(event, 'farm')) return readFarmEvent(event);
  if (isEventOf(event, 'package') || isEventOf(event, 'area')) return readPackageEvent(event);
  if (isEventOf(event, 'image')) return readImageEvent(event);
  if (isEventOf(event, 'recipe')) return readRecipeEvent(event);
  if (isEventOf(event, 'release')) return readReleaseEvent(event);
  if (isEventOf(event, 'repository')) return readRepositoryEvent(event);
  if (isEventOf(event, 'trust')) return readTrustEvent(event);
  return unhandledEvent(event);
}
