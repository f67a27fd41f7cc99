import { digestOf } from '../../core/digest.ts';
import { isDigest } from '../../core/digest-text.ts';
import { FarmError } from '../../core/farm-error.ts';
import type { Leftover } from '../binhost.ts';
import type { Depot } from '../depot.ts';
import { largestManifest } from '../oci-types.ts';
import { readListing, refreshCatalog, refreshTags, tagsKey } from './listings.ts';
import type { ObjectTree, TreeWriter } from './object-tree.ts';

/** Makes a depot of a tree, laid out as the paths of the OCI distribution API, so that a web server over it is a read-only registry:
 * `v2/<repository>/manifests/<tag or digest>`, `v2/<repository>/blobs/<digest>`, `v2/<repository>/tags/list`, `v2/_catalog`. */
export function createTreeDepot(tree: ObjectTree, readOnly?: string): Depot {
  const manifestKey = (repository: string, reference: string) => `v2/${repository}/manifests/${reference}`;
  const blobKey = (repository: string, digest: string) => `v2/${repository}/blobs/${digest}`;
  const writer = (): TreeWriter => {
    if (tree.writer !== undefined) return tree.writer;
    throw new FarmError(
      'BINHOST_UNSUPPORTED',
      `Cannot write to "${tree.location}": ${readOnly ?? 'it can only be read'}`,
    );
  };

  return {
    location: tree.location,
    ...(readOnly === undefined ? {} : { readOnly }),
    readManifest: async (repository, reference) => {
      return (await tree.read(manifestKey(repository, reference), largestManifest))?.toString('utf8');
    },
    writeManifest: async (repository, tag, source, expected) => {
      // the lists before the tag, so that whoever is killed here has to come back: a tag that is there is not written again
      if ((await tree.sizeOf(tagsKey(repository))) === undefined) await refreshCatalog(tree);
      await refreshTags(tree, repository, tag);
      await writer().write(manifestKey(repository, digestOf(source.text)), source);
      return await writer().writeIf(manifestKey(repository, tag), source, expected);
    },
    removeManifest: async (repository, tag) => {
      const text = await tree.read(manifestKey(repository, tag), largestManifest);
      if (text === undefined) return false;
      await writer().remove(manifestKey(repository, tag));
      await writer().remove(manifestKey(repository, digestOf(text)));
      await refreshTags(tree, repository);
      return true;
    },
    sizeOfBlob: (repository, digest) => tree.sizeOf(blobKey(repository, digest)),
    openBlob: (repository, { digest, size }, from) => tree.open(blobKey(repository, digest), { size, from }),
    ...(tree.pathOf === undefined
      ? {}
      : { blobPath: (repository: string, digest: string) => tree.pathOf!(blobKey(repository, digest)) }),
    writeBlob: async (repository, blob) => {
      const key = blobKey(repository, blob.digest);
      if ((await tree.sizeOf(key)) !== blob.size) await writer().place(key, blob);
    },
    removeBlob: async (repository, digest) => {
      await writer().remove(blobKey(repository, digest));
    },
    listRepositories: async (path) => {
      if (tree.names !== undefined) return (await tree.names(`v2/${path}`)).filter(isRepositoryPart);
      const prefix = `${path}/`;
      const all = await readListing(tree, 'v2/_catalog', 'repositories');
      const below = all.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
      return below.filter((name) => !name.includes('/'));
    },
    listTags: async (repository) => {
      if (tree.names === undefined) return await readListing(tree, tagsKey(repository), 'tags');
      return (await tree.names(`v2/${repository}/manifests`)).filter(isTag);
    },
    exclusively: async (repository, work) => await writer().exclusively(`v2/${repository}`, work),
    sweep: (repository, options) => sweepTree(tree, `v2/${repository}`, options),
  };
}

async function sweepTree(
  tree: ObjectTree,
  folder: string,
  { remove, used }: { readonly remove: boolean; readonly used?: ReadonlySet<string> },
): Promise<readonly Leftover[]> {
  const leftovers: Leftover[] = [];
  for (const part of ['manifests', 'blobs', 'tags'].map((name) => `${folder}/${name}`)) {
    for (const name of (await tree.names?.(part)) ?? []) {
      const isUnused = used !== undefined && isDigest(name) && !used.has(name);
      const path = `${part}/${name}`;
      if (!(isUnused || name.endsWith('.tmp')) || !(await tree.writer?.isSettled(path))) continue;
      leftovers.push({ path, bytes: (await tree.sizeOf(path)) ?? 0 });
      if (remove) await tree.writer?.remove(path);
    }
  }
  return leftovers;
}

function isRepositoryPart(name: string): boolean {
  return /^[a-z0-9]/.test(name) && name !== 'index.html';
}

function isTag(name: string): boolean {
  return /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/.test(name) && !name.endsWith('.tmp');
}
