import { FarmError } from '../../core/farm-error.ts';
import { type ByteText, readableText } from '../../cvmfs/format/byte-text.ts';
import { findRevision, listRevisions } from '../../cvmfs/revision/find-revision.ts';
import { compareTrees, type TreeDifference } from '../../cvmfs/tree/compare-trees.ts';
import { openFolder } from '../../cvmfs/tree/walk-tree.ts';
import { parseWhitelist } from '../../cvmfs/trust/whitelist.ts';
import { type ReadRequest, withOpenRepository } from './open-for-reading.ts';
import { lifeOf, type WhitelistLife } from './whitelist-life.ts';

/** A revision in a list. */
export interface ListedRevision {
  readonly revision: number;
  readonly root: string;
  /** ISO 8601. */
  readonly time: string;
  readonly tags: readonly string[];
}

/** The newest revisions of a repository.
 * @throws CVMFS_NOT_FOUND, CVMFS_DAMAGED, KEY_INVALID */
export async function listRevisionsOf(
  request: ReadRequest & { readonly most: number },
): Promise<readonly ListedRevision[]> {
  return await withOpenRepository(request, async (repository, work) => {
    const found: ListedRevision[] = [];
    for await (const { time, ...revision } of listRevisions(repository, work)) {
      found.push({ ...revision, time: new Date(time * 1000).toISOString() });
      if (found.length >= request.most) break;
    }
    return found;
  });
}

/** What differs between two revisions. */
export interface RevisionDifference {
  readonly from: number;
  readonly to: number;
  readonly differences: readonly (Omit<TreeDifference, 'path'> & { readonly path: string })[];
}

const mostDifferences = 100_000;

/** Compares two revisions, each a number or a tag.
 * @throws CVMFS_REVISION_UNKNOWN, CVMFS_NOT_FOUND, CVMFS_DAMAGED, KEY_INVALID */
export async function compareRevisions(
  request: ReadRequest & { readonly from: string; readonly to: string },
): Promise<RevisionDifference> {
  return await withOpenRepository(request, async (repository, work) => {
    const [from, to] = [
      await findRevision(request.from, repository, work),
      await findRevision(request.to, repository, work),
    ];
    const [before, after] = [await openFolder(from.hash, work), await openFolder(to.hash, work)];
    const differences: RevisionDifference['differences'][number][] = [];
    for await (const { path, ...rest } of compareTrees(before, after, { path: '' as ByteText, reader: work })) {
      if (differences.length >= mostDifferences) throw tooMany();
      differences.push({ path: readableText(path), ...rest });
    }
    return { from: from.revision, to: to.revision, differences };
  });
}

function tooMany(): FarmError {
  return new FarmError(
    'CVMFS_CONTENT_REFUSED',
    `Cannot compare the revisions: more than ${mostDifferences} entries differ`,
  );
}

/** What a repository is like now. */
export interface RepositoryStatus {
  readonly repository: string;
  readonly folder: string;
  readonly revision: number;
  readonly root: string;
  readonly time: string;
  readonly tags: readonly string[];
  /** Absent when none was installed yet. */
  readonly whitelist?: WhitelistLife;
  readonly fingerprint: string;
}

/** Looks at a repository of one's own: what is published, and how long clients believe it.
 * @throws CVMFS_NOT_FOUND, CVMFS_DAMAGED, KEY_INVALID, SIGNATURE_INVALID */
export async function showRepository(request: ReadRequest): Promise<RepositoryStatus> {
  return await withOpenRepository(request, async ({ config, layout, manifest, tags, store, keys }) => {
    const bytes = await store.readWhitelist().catch(() => undefined);
    const life = bytes === undefined ? {} : { whitelist: lifeOf(parseWhitelist(bytes, keys.masterPublic), Date.now()) };
    return {
      repository: config.name,
      folder: layout.folder,
      revision: manifest.revision,
      root: manifest.root,
      time: new Date(manifest.time * 1000).toISOString(),
      tags: tags.map(({ name }) => name),
      ...life,
      fingerprint: keys.fingerprint,
    };
  });
}
