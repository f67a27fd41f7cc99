import { join } from 'node:path';
import type { AreaLayout } from '../../area/area-layout.ts';
import type { Unpackers } from '../../area/open-unpackers.ts';
import type { AreaSharing } from '../../area/share-area.ts';
import { isFarmError } from '../../core/farm-error.ts';
import { removeFolder } from '../../core/remove-folder.ts';
import { packedNameOf } from '../../model/release.ts';
import { blamePackage } from '../build/blame-package.ts';
import type { AppContext } from '../farm/open-farm.ts';
import type { WantedPackage } from './area-contents.ts';

/** Gives the bytes of a package's blob: a path where it is a local file. */
export type OpenBlob = (item: WantedPackage) => string | AsyncIterable<Buffer>;

/** What packages are unpacked with. */
export interface Unpacking {
  readonly layout: AreaLayout;
  readonly sharing: AreaSharing | undefined;
  readonly unpackers: Unpackers;
  readonly openBlob: OpenBlob;
  readonly context: AppContext;
}

/** How often a package is had from the network that is, when it has arrived, not what was signed. */
const mostTries = 3;

/** Unpacks a package into an area's store, without a look at whether it reaches the disk. What came over a network and was changed on its way is fetched anew.
 * @throws PACKAGE_DAMAGED, PACKAGE_NOT_FOUND, BINHOST_UNAVAILABLE, DISK_FULL, PERMISSION_DENIED */
export async function unpackWanted(
  item: WantedPackage,
  { layout, sharing, unpackers, openBlob, context }: Unpacking,
): Promise<void> {
  const { name, version, digest, size, buildHash, storeName, renames } = item;
  const into = join(layout.store, storeName);
  const expect = { digest, size, buildHash, storeName: packedNameOf(item) };
  const names = renames === undefined ? {} : { names: renames };
  const share = sharing === undefined ? {} : { share: sharing };
  await removeFolder(into);
  for (let tries = 1; ; tries += 1) {
    context.signal.throwIfAborted();
    const blob = openBlob(item);
    try {
      const request = { blob, expect, into, root: layout.root, sync: false, ...names, ...share };
      const files = await blamePackage(item, () => unpackers.unpack(request));
      context.emit({ type: 'area.unpacked', name, version, files, bytes: size });
      return;
    } catch (error) {
      const isWorthAnother = typeof blob !== 'string' && tries < mostTries && isFarmError(error, 'PACKAGE_DAMAGED');
      if (!isWorthAnother) throw error;
      const reason = error.cause instanceof Error ? error.cause.message : error.message;
      context.emit({ type: 'area.refetched', name, version, reason });
    }
  }
}
