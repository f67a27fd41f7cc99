import { findEntry } from '../../cvmfs/read/find-entry.ts';
import { listFolder, walkTree } from '../../cvmfs/read/walk-tree.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { describeEntry, type EntryFacts } from './describe-entry.ts';
import { type RepositoryChoice, withRepository } from './with-repository.ts';

/** What is to be listed. */
export interface ListEntriesRequest extends RepositoryChoice {
  readonly path: string;
  readonly recursive: boolean;
  /** The most entries that are listed. */
  readonly limit: number;
}

/** The entries of a folder, or the one entry that a path is. */
export interface ListedEntries {
  readonly name: string;
  readonly revision: number;
  readonly entries: readonly EntryFacts[];
  /** Whether there are more. */
  readonly isCut: boolean;
}

/** Lists a folder of a repository, verified.
 * @throws CVMFS_NOT_FOUND, and what `openRepository` throws */
export async function listEntries(request: ListEntriesRequest, context: AppContext): Promise<ListedEntries> {
  return await withRepository(request, context, async (repository) => {
    const found = await findEntry(repository, request.path, { follow: request.path.endsWith('/') });
    const { revision, trust } = repository;
    const entries: EntryFacts[] = [];
    const result = { name: trust.manifest.name, revision, entries };
    if (found.entry.kind !== 'folder') entries.push(describeEntry(found.entry));
    else if (!request.recursive)
      entries.push(
        ...listFolder(found)
          .slice(0, request.limit + 1)
          .map(describeEntry),
      );
    else {
      for await (const { entry } of walkTree(repository, found)) {
        if (entries.push(describeEntry(entry)) > request.limit) break;
      }
    }
    const isCut = entries.length > request.limit;
    if (isCut) entries.length = request.limit;
    return { ...result, isCut };
  });
}
