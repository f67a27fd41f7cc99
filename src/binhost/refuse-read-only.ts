import { FarmError } from '../core/farm-error.ts';
import type { Depot } from './depot.ts';

/** Refuses to write where nothing can be written.
 * @throws BINHOST_UNSUPPORTED */
export function refuseReadOnly({ location, readOnly }: Pick<Depot, 'location' | 'readOnly'>, action: string): void {
  if (readOnly === undefined) return;
  throw new FarmError('BINHOST_UNSUPPORTED', `Cannot ${action} "${location}": ${readOnly}`);
}
