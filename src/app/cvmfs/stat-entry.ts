import { findEntry } from '../../cvmfs/read/find-entry.ts';
import { formatObjectHash, objectKey } from '../../cvmfs/read/format/object-hash.ts';
import { parseXattrs } from '../../cvmfs/read/format/parse-xattrs.ts';
import { showPath } from '../../cvmfs/read/format/path-bytes.ts';
import { withChunks } from '../../cvmfs/read/walk-tree.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { describeEntry, type EntryFacts } from './describe-entry.ts';
import { type RepositoryChoice, withRepository } from './with-repository.ts';

/** All that a repository says of an entry. */
export interface EntryDetails extends EntryFacts {
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  readonly compression: 'zlib' | 'none';
  /** Of the catalog that it is in. */
  readonly catalogPath: string;
  readonly catalogHash: string;
  readonly xattrs: Readonly<Record<string, string>>;
  /** The objects that a file consists of, as files of the repository. */
  readonly objects: readonly { readonly key: string; readonly offset: number; readonly size: number }[];
}

/** Tells all that a repository says of an entry; a link is told itself.
 * @throws CVMFS_NOT_FOUND, and what `openRepository` throws */
export async function statEntry(
  request: RepositoryChoice & { readonly path: string },
  context: AppContext,
): Promise<EntryDetails> {
  return await withRepository(request, context, async (repository) => {
    const { entry, catalog } = await findEntry(repository, request.path, { follow: request.path.endsWith('/') });
    const { chunks } = withChunks(catalog, entry);
    const whole = entry.hash === undefined ? [] : [{ key: objectKey(entry.hash, 'file'), offset: 0, size: entry.size }];
    const parts = chunks?.map(({ hash, offset, size }) => ({ key: objectKey(hash, 'chunk'), offset, size }));
    const xattrs = entry.xattrs === undefined ? new Map<string, string>() : parseXattrs(entry.xattrs);
    return {
      ...describeEntry(entry),
      uid: entry.uid,
      gid: entry.gid,
      links: entry.links,
      compression: entry.isCompressed ? 'zlib' : 'none',
      catalogPath: showPath(catalog.reference.path),
      catalogHash: formatObjectHash(catalog.reference.hash),
      xattrs:
        typeof xattrs === 'string'
          ? {}
          : Object.fromEntries([...xattrs].map(([key, value]) => [showPath(key), value === '' ? '' : showPath(value)])),
      objects: parts ?? whole,
    };
  });
}
