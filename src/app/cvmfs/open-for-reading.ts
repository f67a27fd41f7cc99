import { openRepository, type Repository } from '../../cvmfs/revision/open-repository.ts';
import type { RevisionWork } from '../../cvmfs/revision/revision-work.ts';
import { withRehearsal } from '../../cvmfs/revision/with-revision-work.ts';

/** A repository that is only looked at. */
export interface ReadRequest {
  readonly folder: string;
  readonly keys?: string;
}

/** Opens a repository of one's own to look at its revisions. */
export async function withOpenRepository<Result>(
  { folder, keys }: ReadRequest,
  use: (repository: Repository, work: RevisionWork) => Promise<Result>,
): Promise<Result> {
  const repository = await openRepository(folder, keys === undefined ? {} : { keys });
  return await withRehearsal(repository, (work) => use(repository, work));
}
