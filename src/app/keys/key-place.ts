import { join } from 'node:path';
import { makeArea } from '../../area/area-index.ts';
import type { AreaLayout } from '../../area/area-layout.ts';
import { readSharing, shareFile, shareFolder } from '../../area/share-area.ts';
import { removeFolder } from '../../core/remove-folder.ts';
import { holdArea } from '../area/with-area.ts';
import type { AppContext, Farm } from '../farm/open-farm.ts';
import { takeFarm } from '../farm/open-farm.ts';

/** Where a farm or an area has the keys that it believes. */
export interface KeyPlace {
  /** The farm folder or the area. */
  readonly root: string;
  /** The folder that has a file `*.pub` of each key. */
  readonly folder: string;
  /** The file of one more, which is the farm's own. */
  readonly own?: string;
  /** The file that says more about them, and which are revoked. */
  readonly state: string;
  /** Lets those who share the place have a file or folder that was just made there. */
  readonly share: (path: string, kind: 'file' | 'folder') => Promise<void>;
  /** Removes what was made of packages while a key was believed that is revoked now, and can be made again. */
  readonly dropUnpacked: () => Promise<void>;
  /** Keeps others from changing the place. */
  readonly hold: <Result>(context: AppContext, work: () => Promise<Result>) => Promise<Result>;
}

/** Where a farm folder has its keys. */
export function keyPlaceOfFarm(farm: Farm): KeyPlace {
  const { folder, trustedKeys, publicKey } = farm.paths;
  return {
    root: folder,
    folder: trustedKeys,
    own: publicKey,
    state: join(folder, 'keys', 'trust.json'),
    share: async () => {},
    dropUnpacked: async () => {
      for (const store of [farm.paths.buildStore, farm.paths.testStore]) await removeFolder(store);
    },
    hold: async (context, work) => {
      const held = await takeFarm(farm, 'binfarm key', { ...context, wait: true });
      try {
        return await work();
      } finally {
        await held.close();
      }
    },
  };
}

/** Where an area has its keys.
 * @param wait whether another process that changes the area is waited for */
export function keyPlaceOfArea(layout: AreaLayout, wait = true): KeyPlace {
  return {
    root: layout.root,
    folder: layout.keys,
    state: join(layout.keys, 'trust.json'),
    share: async (path, kind) => {
      const sharing = await readSharing(layout.root);
      await (kind === 'file' ? shareFile : shareFolder)(path, sharing);
    },
    dropUnpacked: async () => {}, // what is installed is its user's to decide upon
    hold: async (context, work) => {
      await makeArea(layout);
      return await holdArea(layout, { command: 'binfarm key', wait }, { context, work });
    },
  };
}
