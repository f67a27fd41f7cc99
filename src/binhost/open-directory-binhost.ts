import { join } from 'node:path';
import type { Binhost, StoredPackage } from './binhost.ts';
import { createBinhost } from './create-binhost.ts';
import { createTreeDepot } from './tree/create-tree-depot.ts';
import { openDirectoryTree } from './tree/directory-tree.ts';

/** A binhost whose blobs are files of this machine. */
export interface DirectoryBinhost extends Binhost {
  readonly blobPath: (stored: StoredPackage) => string;
}

/** Opens a directory as a binhost; it is made with the first package. Any web server makes it a read-only registry, see docs/formats/binhost.md. */
export function openDirectoryBinhost(directory: string, farm: string): DirectoryBinhost {
  const binhost = createBinhost(createTreeDepot(openDirectoryTree(directory)), farm);
  return { ...(binhost as DirectoryBinhost), spool: join(directory, '.incoming') };
}
