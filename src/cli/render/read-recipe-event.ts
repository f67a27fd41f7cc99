import { type EventOf, unhandledEvent } from './cli-event.ts';
import type { EventReading } from './event-reading.ts';

/** What an event about recipes means for people. */
export function readRecipeEvent(event: EventOf<'recipe'>): EventReading | undefined {
  switch (event.type) {
    case 'recipe.importStarted':
      return { does: 'start', item: 'import', title: 'reading recipes', counts: false };
    case 'recipe.importRead':
      return { does: 'phase', item: 'import', phase: `${Math.floor((100 * event.read) / Math.max(1, event.of))} %` };
    case 'recipe.imported':
      return { does: 'end', item: 'import', verdict: 'done', counts: false };
    default:
      return unhandledEvent(event);
  }
}
