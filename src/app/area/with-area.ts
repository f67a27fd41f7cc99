import { resolve } from 'node:path';
import { type AreaIndex, readAreaIndex } from '../../area/area-index.ts';
import { type AreaLayout, areaLayoutOf } from '../../area/area-layout.ts';
import { removeAreaLeftovers } from '../../area/remove-area-leftovers.ts';
import { FarmError } from '../../core/farm-error.ts';
import { takeFileLock } from '../../core/file-lock.ts';
import type { AppContext } from '../farm/open-farm.ts';

/** An area that something was installed in. */
export interface OpenArea {
  readonly layout: AreaLayout;
  readonly index: AreaIndex;
}

/** Opens an area for reading; readers never wait.
 * @throws AREA_INVALID when nothing was ever installed there */
export async function openExistingArea(prefix: string): Promise<OpenArea> {
  const layout = areaLayoutOf(resolve(prefix));
  const index = await readAreaIndex(layout);
  if (index !== undefined) return { layout, index };
  throw new FarmError('AREA_INVALID', `Cannot use "${layout.root}": it is no area`, {
    hint: `binfarm install --prefix ${layout.root}`,
  });
}

/** Opens an area and keeps other writers out while `work` changes it.
 * @throws AREA_INVALID; LOCKED when another process changes it and `wait` is false */
export async function changeArea<Result>(
  request: { readonly prefix: string; readonly wait: boolean; readonly command: string },
  context: AppContext,
  work: (area: OpenArea) => Promise<Result>,
): Promise<Result> {
  const { layout } = await openExistingArea(request.prefix);
  const lock = await takeFileLock(layout.lock, {
    command: request.command,
    wait: request.wait,
    signal: context.signal,
    onWait: (owner) =>
      context.emit({ type: 'farm.waited', path: layout.root, ...(owner === undefined ? {} : { owner }) }),
  });
  try {
    await removeAreaLeftovers(layout);
    return await work(await openExistingArea(request.prefix)); // what was read before the lock may be old
  } finally {
    await lock.close();
  }
}
