import { type Entry, has } from './catalog/catalog-entry.ts';
import { type Catalog, type CatalogReference, type Chunk, openCatalog } from './catalog/open-catalog.ts';
import { type FoundEntry, rootEntry } from './find-entry.ts';
import { invalid } from './format/invalid.ts';
import { type PathBytes, showPath } from './format/path-bytes.ts';
import { deepestNesting, mostChunks } from './limits.ts';
import type { Repository } from './open-repository.ts';

/** An entry of a tree, with the chunks of a file that has some. */
export interface TreeEntry {
  readonly entry: Entry;
  readonly chunks?: readonly Chunk[];
}

/** The entries of one folder, in the order of their names' bytes.
 * @throws CVMFS_INVALID for one that cannot be read safely */
export function listFolder({ entry, catalog }: FoundEntry): readonly Entry[] {
  const entries = [...entriesOf(catalog, entry.path)];
  return entries.sort((one, other) => (one.name < other.name ? -1 : 1));
}

function* entriesOf(catalog: Catalog, folder: PathBytes): Generator<Entry> {
  for (const row of catalog.rows(folder)) {
    if ('problem' in row) throw invalid(row.path, row.problem);
    yield row;
  }
}

/** Goes through all that is below a folder, each folder before what is in it; one catalog is open at a time, and what is mounted below comes after its own entries.
 * Mount points of other revisions are left out.
 * @throws CVMFS_INVALID, CVMFS_DAMAGED, CVMFS_UNSUPPORTED, CVMFS_UNAVAILABLE */
export async function* walkTree(repository: Repository, top: FoundEntry): AsyncGenerator<TreeEntry> {
  yield* walkFolders(repository, { catalog: top.catalog, from: top.entry.path, depth: 0 });
}

interface Start {
  readonly catalog: Catalog;
  readonly from: PathBytes;
  readonly depth: number;
}

interface Mount {
  readonly mountPoint: Entry;
  readonly reference: CatalogReference;
}

async function* walkFolders(repository: Repository, start: Start): AsyncGenerator<TreeEntry> {
  const mounted: Mount[] = [];
  try {
    yield* walkCatalog(repository, start, mounted);
  } finally {
    if (start.depth > 0) start.catalog.close();
  }
  if (start.depth > deepestNesting && mounted.length > 0) {
    throw invalid(showPath(start.from), 'too many catalogs are inside one another');
  }
  for (const { mountPoint, reference } of mounted) {
    const catalog = await openCatalog(repository, reference);
    try {
      rootEntry(catalog, mountPoint);
    } catch (error) {
      catalog.close();
      throw error;
    }
    yield* walkFolders(repository, { catalog, from: reference.path, depth: start.depth + 1 });
  }
}

/** The entries of one catalog below a folder; notes what is mounted there. */
function* walkCatalog({ signal }: Repository, { catalog, from }: Start, mounted: Mount[]): Generator<TreeEntry> {
  const folders = [from];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    signal?.throwIfAborted();
    for (const entry of entriesOf(catalog, folder)) {
      if (has(entry, 'bindMountPoint')) continue;
      yield withChunks(catalog, entry);
      if (has(entry, 'nestedMountPoint')) mounted.push({ mountPoint: entry, reference: referenceAt(catalog, entry) });
      else if (entry.kind === 'folder') folders.push(entry.path);
    }
  }
}

function referenceAt(catalog: Catalog, { path }: Entry): CatalogReference {
  const reference = catalog.nestedAt(path);
  if (reference === undefined) throw invalid(showPath(path), 'the catalog that is mounted here is not named');
  return reference;
}

/** The chunks of a file, which must tile it.
 * @throws CVMFS_INVALID */
export function withChunks(catalog: Catalog, entry: Entry): TreeEntry {
  if (!has(entry, 'chunked')) return { entry };
  const chunks: Chunk[] = [];
  let end = 0;
  for (const chunk of catalog.chunks(entry)) {
    if (chunk.offset !== end || chunks.length >= mostChunks)
      throw invalid(showPath(entry.path), 'its chunks do not tile it');
    chunks.push(chunk);
    end += chunk.size;
  }
  if (end !== entry.size) throw invalid(showPath(entry.path), 'its chunks do not tile it');
  return { entry, chunks };
}
