import { basename, resolve } from 'node:path';
import { FarmError } from '../../core/farm-error.ts';
import { isThere } from '../../core/is-there.ts';
import { type Exported, exportTree } from '../../cvmfs/read/export/export-tree.ts';
import { type FoundEntry, findEntry } from '../../cvmfs/read/find-entry.ts';
import type { Repository } from '../../cvmfs/read/open-repository.ts';
import { walkTree } from '../../cvmfs/read/walk-tree.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { type RepositoryChoice, withRepository } from './with-repository.ts';

/** What is to be exported, and where to. */
export interface ExportRequest extends RepositoryChoice {
  readonly path: string;
  /** A path where nothing is yet. */
  readonly destination: string;
  readonly dryRun: boolean;
}

/** Writes a file or a folder of a repository, verified, at any path; it is there when it is complete.
 * @throws CVMFS_NOT_FOUND, PATH_EXISTS, DISK_FULL, and what `openRepository` and `exportTree` throw */
export async function exportEntry(
  request: ExportRequest,
  context: AppContext,
): Promise<Exported & { readonly destination: string; readonly revision: number; readonly dryRun: boolean }> {
  const destination = resolve(request.folder, request.destination);
  if (basename(destination) === '')
    throw new FarmError('ARGUMENT_INVALID', 'Cannot export to "/": name a folder in it');
  return await withRepository(request, context, async (repository) => {
    const found = await findEntry(repository, request.path, { follow: true });
    const exported = request.dryRun
      ? await foresee(repository, found, destination)
      : await exportTree(repository, found, destination);
    return { ...exported, destination, revision: repository.revision, dryRun: request.dryRun };
  });
}

/** What an export would write. */
async function foresee(repository: Repository, found: FoundEntry, destination: string): Promise<Exported> {
  if (await isThere(destination)) {
    throw new FarmError('PATH_EXISTS', `Cannot export to "${destination}": something is there already`);
  }
  const counts = { files: 0, folders: 0, links: 0, bytes: 0, skipped: [] };
  const count = ({ entry }: FoundEntry | { readonly entry: FoundEntry['entry'] }) => {
    if (entry.kind === 'folder') counts.folders += 1;
    if (entry.kind === 'link') counts.links += 1;
    if (entry.kind !== 'file') return;
    counts.files += 1;
    counts.bytes += entry.size;
  };
  count(found);
  if (found.entry.kind === 'folder') for await (const piece of walkTree(repository, found)) count(piece);
  return counts;
}
