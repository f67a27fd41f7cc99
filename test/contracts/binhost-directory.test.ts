import { openDirectoryBinhost } from '../../src/binhost/open-directory-binhost.ts';
import { binhostContract, damageFile } from './binhost-contract.ts';
import { makeFolder } from './binhost-samples.ts';

binhostContract('a directory', {
  start: async () => {
    const folder = makeFolder('directory');
    return {
      open: (farm) => openDirectoryBinhost(folder, farm),
      damage: (farm, stored, how) => damageFile(openDirectoryBinhost(folder, farm).blobPath(stored), how),
    };
  },
});
