import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { testRoot } from '../../build/run-tests.ts';
import { FarmError } from '../../core/farm-error.ts';
import { makeFolder } from '../../core/make-folder.ts';
import { removeFolder } from '../../core/remove-folder.ts';
import { unpackPackage } from '../../package/unpack-package.ts';
import type { Farm } from '../farm/open-farm.ts';
import type { BuildableNode } from '../stack/farm-node.ts';
import { blamePackage } from './blame-package.ts';
import type { PackageFinder } from './find-package.ts';

/** `build`: unpacked as built, for builds; `test`: relocated, for tests. */
export type StoreKind = 'build' | 'test';

/** The farm's own stores, from which sandboxes are furnished; what is in the binhost is unpacked when it is first needed. */
export interface PackageStores {
  /** Makes sure that packages are unpacked.
   * @throws PACKAGE_NOT_FOUND when one is in no binhost, PACKAGE_DAMAGED */
  readonly provide: (kind: StoreKind, nodes: readonly BuildableNode[]) => Promise<void>;
  /** Unpacks a package from a file, replacing one that is there, and gives its folder. */
  readonly place: (kind: StoreKind, storeName: string, blob: string) => Promise<string>;
}

/** Opens the stores of a farm.
 * @param test where packages are unpacked for tests, and for which root */
export function openPackageStores(
  farm: Farm,
  finder: PackageFinder,
  test: { readonly folder: string; readonly root: string } = { folder: farm.paths.testStore, root: testRoot },
): PackageStores {
  const folders = { build: farm.paths.buildStore, test: test.folder };
  const roots = { build: farm.root, test: test.root };
  const underWay = new Map<string, Promise<void>>();

  const unpackOnce = async (kind: StoreKind, node: BuildableNode): Promise<void> => {
    const into = join(folders[kind], node.built.storeName);
    if (await stat(into).catch(() => undefined)) return;
    const found = await finder.find(node);
    if (found === undefined) {
      throw new FarmError('PACKAGE_NOT_FOUND', `Cannot unpack "${node.key}": it is in no binhost`, {
        hint: 'binfarm build',
      });
    }
    await makeFolder(folders[kind]);
    await blamePackage({ name: node.locked.name, location: found.location }, () =>
      unpackPackage({ blob: finder.open(found), expect: found, into, root: roots[kind] }),
    );
  };

  return {
    provide: async (kind, nodes) => {
      for (const node of nodes) {
        const key = `${kind} ${node.built.storeName}`;
        const work = underWay.get(key) ?? unpackOnce(kind, node);
        underWay.set(key, work);
        await work;
      }
    },
    place: async (kind, storeName, blob) => {
      const into = join(folders[kind], storeName);
      await makeFolder(folders[kind]);
      await removeFolder(into);
      await unpackPackage({ blob, into, root: roots[kind] });
      return into;
    },
  };
}
