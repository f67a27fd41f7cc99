import { FarmError } from '../../core/farm-error.ts';
import { findEntry } from '../../cvmfs/read/find-entry.ts';
import { showPath } from '../../cvmfs/read/format/path-bytes.ts';
import { readContent } from '../../cvmfs/read/read-content.ts';
import { withChunks } from '../../cvmfs/read/walk-tree.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { type RepositoryChoice, withRepository } from './with-repository.ts';

/** Gives the bytes of a file to `take`, in order, each piece after it was verified; links are followed.
 * @throws CVMFS_NOT_FOUND when it is no file, and what `openRepository` and `readContent` throw */
export async function readFile(
  request: RepositoryChoice & { readonly path: string; readonly take: (bytes: Buffer) => Promise<void> | void },
  context: AppContext,
): Promise<{ readonly path: string; readonly bytes: number }> {
  return await withRepository(request, context, async (repository) => {
    const { entry, catalog } = await findEntry(repository, request.path, { follow: true });
    const path = showPath(entry.path);
    if (entry.kind !== 'file') throw new FarmError('CVMFS_NOT_FOUND', `Cannot read "${path}": it is a ${entry.kind}`);
    for await (const bytes of readContent(repository, withChunks(catalog, entry))) await request.take(bytes);
    return { path, bytes: entry.size };
  });
}
