import { removeLeftovers } from '../core/remove-leftovers.ts';
import type { AreaLayout } from './area-layout.ts';

/** Removes what killed processes left half-written in an area; only for whoever holds its lock. */
export async function removeAreaLeftovers({ root, store, generations }: AreaLayout): Promise<void> {
  for (const folder of [store, generations]) await removeLeftovers(folder);
  await removeLeftovers(root, /^(current|area\.json|setup\.(sh|csh|fish))\.[0-9a-f]+\.tmp$/);
}
