import { resolve } from 'node:path';
import { areaLayoutOf } from '../../area/area-layout.ts';
import { isFarmError } from '../../core/farm-error.ts';
import { isThere } from '../../core/is-there.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { type InstallReleaseRequest, type InstallReleaseResult, installRelease } from '../release/install-release.ts';
import { type InstalledProgram, installProgram, programPathOf } from './install-program.ts';

/** What an update did. */
export interface UpdateAreaResult extends InstallReleaseResult {
  /** The binfarm of the area; absent when it has none. */
  readonly binfarm?: InstalledProgram | { readonly state: 'failed'; readonly problem: string };
}

/** Brings an area to what its channel leads to now, and the binfarm in it to what its farm has published. That the latter cannot be had does not stop the former.
 * @throws what `installRelease` throws */
export async function updateArea(request: InstallReleaseRequest, context: AppContext): Promise<UpdateAreaResult> {
  const release = await installRelease(request, context);
  if (!(await isThere(programPathOf(areaLayoutOf(resolve(request.prefix)))))) return release;
  try {
    return { ...release, binfarm: await installProgram(request, context) };
  } catch (error) {
    if (!isFarmError(error)) throw error;
    return { ...release, binfarm: { state: 'failed', problem: error.message } };
  }
}
