import { mapLimit } from '../core/map-limit.ts';
import { isBuildHash } from '../model/names.ts';
import type { Binhost, Leftover, PackageReference, StoredPackage } from './binhost.ts';
import type { Depot } from './depot.ts';
import { createDocumentShelf } from './document-shelf.ts';
import { examinePackage } from './examine-package.ts';
import { createPackageShelf } from './package-shelf.ts';
import { createProgramShelf } from './program-shelf.ts';
import { isPackageRepository, packageRepository } from './repository-name.ts';
import { usedDigests } from './used-digests.ts';

/** How many small requests are made at once. */
const parallel = 8;

/** Makes a binhost of a depot: what packages and documents are in terms of manifests and blobs, the same for every kind of place. */
export function createBinhost(depot: Depot, farm: string): Binhost {
  const { location, readOnly, registry, blobPath } = depot;
  const repositoryOf = (name: string) => packageRepository(farm, name);
  const shelf = createPackageShelf(depot, repositoryOf);

  const listReferences = async (): Promise<readonly PackageReference[]> => {
    const names = (await depot.listRepositories(farm)).filter(isPackageRepository);
    const found = await mapLimit(names.toSorted(), parallel, async (name) => {
      const tags = await depot.listTags(`${farm}/${name}`);
      return tags
        .filter(isBuildHash)
        .toSorted()
        .map((buildHash) => ({ name, buildHash }));
    });
    return found.flat();
  };

  const sweep = async ({ remove }: { readonly remove: boolean }): Promise<readonly Leftover[]> => {
    const leftovers: Leftover[] = [];
    for (const name of await depot.listRepositories(farm)) {
      const repository = `${farm}/${name}`;
      const work = async () => depot.sweep(repository, { remove, used: await usedDigests(depot, repository) });
      leftovers.push(...(remove ? await depot.exclusively(repository, work) : await work()));
    }
    return leftovers;
  };

  return {
    location,
    ...(readOnly === undefined ? {} : { readOnly }),
    ...(registry === undefined
      ? {}
      : {
          registry: {
            address: registry.address,
            repositoryOf: (name: string) => `${registry.prefix}${repositoryOf(name)}`,
          },
        }),
    ...shelf,
    openBlob: (stored, from = 0) => depot.openBlob(repositoryOf(stored.name), stored, from),
    ...(blobPath === undefined
      ? {}
      : { blobPath: ({ name, digest }: StoredPackage) => blobPath(repositoryOf(name), digest) }),
    listReferences,
    list: async () => {
      const found = await mapLimit(await listReferences(), parallel, shelf.findUndamaged);
      return found.filter((stored) => stored !== undefined);
    },
    examine: (reference) => examinePackage(depot, repositoryOf(reference.name), reference),
    ...createDocumentShelf(depot, farm),
    programs: createProgramShelf(depot, farm),
    sweep,
  };
}
