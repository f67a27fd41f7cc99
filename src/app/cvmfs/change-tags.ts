import { FarmError } from '../../core/farm-error.ts';
import { headTags, type Tag } from '../../cvmfs/catalog/history.ts';
import { openTree } from '../../cvmfs/revision/edit-tree.ts';
import { findRevision, parseTagName } from '../../cvmfs/revision/find-revision.ts';
import { holdRepository, openRepository, type Repository } from '../../cvmfs/revision/open-repository.ts';
import { publishTags, timeOfRevision } from '../../cvmfs/revision/publish-revision.ts';
import type { RevisionWork } from '../../cvmfs/revision/revision-work.ts';
import { withRehearsal, withRevisionWork } from '../../cvmfs/revision/with-revision-work.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { type RepositoryRequest, type RevisionResult, reviseRepository } from './revise-repository.ts';

/** What is to be done with tags. */
export interface ChangeTagsRequest extends RepositoryRequest {
  /** Only lists them when absent. */
  readonly name?: string;
  /** A number or another tag; the newest revision when absent. */
  readonly revision?: string;
  readonly remove: boolean;
}

/** Lists, sets or removes tags: names for revisions, which are kept as long as they have one. The tree stays as it is.
 * @throws CVMFS_REVISION_UNKNOWN, NAME_INVALID, and what `reviseRepository` throws */
export async function changeTags(request: ChangeTagsRequest, context: AppContext): Promise<readonly Tag[]> {
  const { folder, wait, name } = request;
  const own = request.keys === undefined ? {} : { keys: request.keys };
  if (name === undefined) return (await openRepository(folder, own)).tags;
  parseTagName(name);
  if (request.dryRun) {
    const repository = await openRepository(folder, own);
    return await withRehearsal(repository, async (work) => await change(repository, work));
  }
  const options = { ...own, command: 'binfarm cvmfs tag', wait, signal: context.signal };
  return await holdRepository(folder, options, async (repository) =>
    withRevisionWork(repository, undefined, async (work) => {
      const tags = await change(repository, work);
      await publishTags(tags, timeOfRevision(request.time, repository.manifest.time), repository, work);
      return tags;
    }),
  );

  async function change(repository: Repository, work: RevisionWork): Promise<Tag[]> {
    const { tags } = repository;
    const others = tags.filter((tag) => tag.name !== name);
    if (request.remove) {
      if (others.length < tags.length) return others;
      throw new FarmError('CVMFS_REVISION_UNKNOWN', `Cannot remove the tag "${name}": there is none of that name`, {
        hint: 'binfarm cvmfs tag lists them',
      });
    }
    const found = await findRevision(request.revision ?? headTags.now, repository, work);
    const size = (await work.readDatabase(found.hash, 'C')).length;
    const tag = {
      name: name!,
      hash: found.hash,
      revision: found.revision,
      timestamp: request.time,
      description: '',
      size,
    };
    return [...others, tag].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

/** Publishes the tree of an earlier revision again, as a new one: clients never go back to a smaller number.
 * @throws CVMFS_REVISION_UNKNOWN, and what `reviseRepository` throws */
export async function rollBackRepository(
  request: RepositoryRequest & { readonly to?: string },
  context: AppContext,
): Promise<RevisionResult & { readonly to: number }> {
  let to = 0;
  const result = await reviseRepository('binfarm cvmfs rollback', request, {
    context,
    change: async ({ editor, repository, work, time }) => {
      const found = await findRevision(request.to ?? headTags.before, repository, work);
      to = found.revision;
      const old = await openTree(found.hash, work, time);
      const { root, below } = await old.finish();
      (await editor()).replace(root, below);
      return {};
    },
  });
  return { ...result, to };
}
