import { resolve } from 'node:path';
import { areaLayoutOf } from '../../area/area-layout.ts';
import { openExistingArea } from '../area/with-area.ts';
import { type AppContext, type Farm, openFarm } from '../farm/open-farm.ts';
import { type KeyPlace, keyPlaceOfArea, keyPlaceOfFarm } from './key-place.ts';

/** Whose keys are meant: those of a farm folder or of an area. */
export type KeyOwner = { readonly farm: string } | { readonly area: string };

/** The keys of a farm or an area, opened. */
export interface OpenKeyPlace {
  readonly place: KeyPlace;
  /** Absent for an area. */
  readonly farm?: Farm;
  /** Where an area's releases come from. */
  readonly source?: string;
}

/** Opens the keys of a farm folder or of an area.
 * @throws FARM_NOT_FOUND, AREA_INVALID, and what `openFarm` throws */
export async function openKeyPlace(owner: KeyOwner, context: AppContext): Promise<OpenKeyPlace> {
  if ('farm' in owner) {
    const farm = await openFarm(owner.farm, context);
    return { farm, place: keyPlaceOfFarm(farm) };
  }
  const layout = areaLayoutOf(resolve(owner.area));
  const { index } = await openExistingArea(layout.root);
  const place = keyPlaceOfArea(layout);
  return { place, ...(index.source === undefined ? {} : { source: index.source.location }) };
}
