import { resolve } from 'node:path';
import { type AreaIndex, forgetMissing, readAreaIndex, refuseReadOnly, writeAreaIndex } from '../../area/area-index.ts';
import { type AreaLayout, areaLayoutOf } from '../../area/area-layout.ts';
import { refreshModuleTree } from '../../area/module-tree.ts';
import { removeAreaLeftovers } from '../../area/remove-area-leftovers.ts';
import { settleArea } from '../../area/settle-area.ts';
import { emptyTrash } from '../../area/throw-away.ts';
import { FarmError, isFarmError } from '../../core/farm-error.ts';
import { takeFileLock } from '../../core/file-lock.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import type { AppContext } from '../farm/open-farm.ts';

/** An area that something was installed in. */
export interface OpenArea {
  readonly layout: AreaLayout;
  readonly index: AreaIndex;
}

/** How an area is held against others. */
export interface AreaHold {
  /** What others, who wait, are told. */
  readonly command: string;
  readonly wait: boolean;
}

/** Opens an area for reading; readers never wait.
 * @throws AREA_INVALID when nothing was ever installed there */
export async function openExistingArea(prefix: string): Promise<OpenArea> {
  const layout = areaLayoutOf(resolve(prefix));
  const index = await readAreaIndex(layout);
  if (index === undefined) throw noArea(layout);
  return { layout, index: await forgetMissing(layout, index) };
}

/** Opens an area and keeps other writers out while `work` changes it; a dry run only reads, and waits for nobody.
 * @throws AREA_INVALID; LOCKED when another process changes it and `wait` is false; PERMISSION_DENIED, DISK_FULL */
export async function changeArea<Result>(
  request: AreaHold & { readonly prefix: string; readonly dryRun: boolean },
  context: AppContext,
  work: (area: OpenArea) => Promise<Result>,
): Promise<Result> {
  const area = await openExistingArea(request.prefix);
  if (request.dryRun) return await work(area);
  return await holdArea(area.layout, request, { context, work: async () => work(await openForChange(area.layout)) });
}

/** Reads the index anew, since what was read before the lock may be old, and brings it up to date with what is there: for whoever holds the lock. */
async function openForChange(layout: AreaLayout): Promise<OpenArea> {
  const stored = await readAreaIndex(layout);
  if (stored === undefined) throw noArea(layout);
  const index = settleArea(layout, await forgetMissing(layout, stored));
  if (index !== stored) {
    await writeAreaIndex(layout, index).catch((error: unknown) => {
      if (!isFarmError(error, 'DISK_FULL')) throw error; // which the command may be about to mend; nothing that is not there is believed anyway
    });
  }
  return { layout, index };
}

function noArea({ root }: AreaLayout): FarmError {
  return new FarmError('AREA_INVALID', `Cannot use "${root}": it is no area`, {
    hint: `binfarm install --prefix ${root}`,
  });
}

/** Keeps other writers out of an area while `work` changes it, after taking away what killed processes have left there. What is in the trash by then is deleted when the
 * others can go on.
 * @throws LOCKED, PERMISSION_DENIED, DISK_FULL */
export async function holdArea<Result>(
  layout: AreaLayout,
  { command, wait }: AreaHold,
  { context, work }: { readonly context: AppContext; readonly work: () => Promise<Result> },
): Promise<Result> {
  await refuseReadOnly(layout);
  const lock = await takeFileLock(layout.lock, {
    command,
    wait,
    signal: context.signal,
    onWait: (owner) =>
      context.emit({ type: 'farm.waited', path: layout.root, ...(owner === undefined ? {} : { owner }) }),
  });
  try {
    await removeAreaLeftovers(layout);
    const result = await work();
    await refreshModuleTree(layout);
    return result;
  } catch (error) {
    throw problemOf(error, layout);
  } finally {
    await lock.close();
    await emptyTrash(layout);
  }
}

/** Says of a failure in an area what its user can do. */
function problemOf(error: unknown, { root }: AreaLayout): unknown {
  const known = translateFileError(error, 'change the area', root);
  if (!isFarmError(known, 'DISK_FULL')) return known;
  const { code, message, details, cause } = known;
  const hint = `Free some space (binfarm gc ${root} --dry-run shows what could go), then run the same command again`;
  return new FarmError(code, message, { hint, details, cause });
}
