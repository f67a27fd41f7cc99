import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFolder } from '../../core/remove-folder.ts';
import { sizeOfFolder } from '../../core/size-of-folder.ts';
import { type AppContext, openFarm, takeFarm } from './open-farm.ts';

/** What a cleaning removed, or would. */
export interface CleanResult {
  readonly removed: readonly { readonly path: string; readonly what: string; readonly bytes: number }[];
  readonly bytes: number;
}

/** Removes what binfarm can make again: kept build folders and its own unpacked packages; with `all` also the bases and sources in the cache.
 * The ledger, logs, keys and the binhost stay. */
export async function cleanFarm(
  request: { readonly farm: string; readonly all: boolean; readonly wait: boolean; readonly dryRun: boolean },
  context: AppContext,
): Promise<CleanResult> {
  const farm = await openFarm(request.farm, context);
  const { paths, settings } = farm;
  const folders = [
    [paths.work, 'kept build folder'],
    [paths.buildStore, 'package unpacked for builds'],
    [paths.testStore, 'package unpacked for tests'],
    ...(request.all
      ? ([
          [join(settings.cache, 'bases'), 'base'],
          [join(settings.cache, 'base-packages'), 'part of a base'],
          [join(settings.cache, 'sources'), 'sources'],
        ] as const)
      : []),
  ] as const;
  const held = await takeFarm(farm, 'binfarm clean', { ...context, wait: request.wait });
  try {
    const removed: { path: string; what: string; bytes: number }[] = [];
    for (const [folder, what] of folders) {
      for (const name of await readdir(folder).catch(() => [])) {
        if (name === '.lock') continue;
        const path = join(folder, name);
        const bytes = await sizeOfFolder(path);
        if (!request.dryRun) await removeFolder(path);
        removed.push({ path, what, bytes });
      }
    }
    return { removed, bytes: removed.reduce((sum, { bytes }) => sum + bytes, 0) };
  } finally {
    await held.close();
  }
}
