import { entriesOf } from '../../cvmfs/catalog/counters.ts';
import { readTotals } from '../../cvmfs/catalog/read-catalog.ts';
import { openTree, type TreeEditor } from '../../cvmfs/revision/edit-tree.ts';
import {
  type HeldRepository,
  holdRepository,
  openRepository,
  type Repository,
} from '../../cvmfs/revision/open-repository.ts';
import { isPublished, publishRevision, timeOfRevision } from '../../cvmfs/revision/publish-revision.ts';
import type { CatalogReport, RevisionWork, WorkProgress } from '../../cvmfs/revision/revision-work.ts';
import { withRehearsal, withRevisionWork } from '../../cvmfs/revision/with-revision-work.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { type WhitelistLife, watchWhitelist } from './whitelist-life.ts';

/** How a repository is changed. */
export interface RepositoryRequest {
  readonly folder: string;
  /** The folder of its keys, where it is another one than was noted. */
  readonly keys?: string;
  readonly wait: boolean;
  readonly dryRun: boolean;
  /** Seconds since 1970. */
  readonly time: number;
}

/** What a change came to. */
export interface RevisionResult {
  readonly repository: string;
  /** The revision that is published now; in a dry run, the one that would be. */
  readonly revision: number;
  readonly root: string;
  /** False when nothing was different. */
  readonly isNew: boolean;
  readonly tag?: string;
  /** Entries of the whole tree. */
  readonly entries: number;
  /** Files that were read, and their bytes as far as they are known. */
  readonly files: number;
  /** Objects that were not there, and their bytes; in a dry run, of catalogs alone. */
  readonly objects: number;
  readonly bytes: number;
  readonly catalogs: readonly CatalogReport[];
  readonly whitelist?: WhitelistLife;
  /** How long it took; in a dry run, how long it would. */
  readonly seconds: number;
}

/** What a use case does to a tree. */
export type TreeChange = (setting: {
  readonly editor: () => Promise<TreeEditor>;
  readonly work: RevisionWork;
  readonly repository: Repository;
  readonly time: number;
}) => Promise<ChangedTree>;

/** What came of it: a tag for the revision, and something to be done when it is published. */
export interface ChangedTree {
  readonly tag?: { readonly name: string; readonly description: string };
  /** True when it is known that nothing is different. */
  readonly isUnchanged?: boolean;
  readonly published?: (root: string) => void;
}

/** Compressing, hashing and writing on one core. */
const bytesPerSecond = 35_000_000;

/** Changes the tree of a repository as one revision; a dry run does everything but reading contents and writing.
 * @throws CVMFS_NOT_FOUND, CVMFS_INVALID, CVMFS_DAMAGED, CVMFS_FOREIGN, LOCKED, KEY_INVALID, SIGNATURE_INVALID, WHITELIST_EXPIRED, CLOCK_INVALID, DISK_FULL, PERMISSION_DENIED, and what `change` throws */
export async function reviseRepository(
  command: string,
  request: RepositoryRequest,
  { context, change }: { readonly context: AppContext; readonly change: TreeChange },
): Promise<RevisionResult> {
  const start = performance.now();
  const { folder, wait, dryRun } = request;
  const own = request.keys === undefined ? {} : { keys: request.keys };
  if (dryRun) {
    const repository = await openRepository(folder, own);
    return await withRehearsal(repository, async (work, held) => {
      const result = await makeRevision(held, work, { request, context, change });
      return { ...result, seconds: result.bytes / bytesPerSecond + (performance.now() - start) / 1000 };
    });
  }
  const { emit, signal } = context;
  const onWait = (owner: Parameters<NonNullable<Parameters<typeof holdRepository>[1]['onWait']>>[0]) =>
    emit({ type: 'farm.waited', path: folder, ...(owner === undefined ? {} : { owner }) });
  const onProgress = ({ files, bytes }: WorkProgress) => emit({ type: 'cvmfs.stored', files, bytes });
  return await holdRepository(folder, { ...own, command, wait, signal, onWait }, async (repository) =>
    withRevisionWork(repository, onProgress, async (work) => {
      const result = await makeRevision(repository, work, { request, context, change });
      return { ...result, seconds: (performance.now() - start) / 1000 };
    }),
  );
}

async function makeRevision(
  repository: HeldRepository,
  work: RevisionWork,
  {
    request,
    context,
    change,
  }: { readonly request: RepositoryRequest; readonly context: AppContext; readonly change: TreeChange },
): Promise<Omit<RevisionResult, 'seconds'>> {
  const { manifest, config, store, keys } = repository;
  const whitelist = await watchWhitelist({ store, keys, name: config.name }, context);
  const time = timeOfRevision(request.time, manifest.time);
  let opened: TreeEditor | undefined;
  const editor = async () => {
    opened ??= await openTree(manifest.root, work, time);
    return opened;
  };
  const changed = await change({ editor, work, repository, time });
  const tag = changed.tag === undefined ? {} : { tag: changed.tag };
  const mayBeNew = changed.isUnchanged !== true || changed.tag !== undefined;
  const state = mayBeNew ? await publish() : { manifest, isNew: false };
  if (!request.dryRun) {
    changed.published?.(state.manifest.root);
    context.emit({
      type: 'cvmfs.published',
      repository: config.name,
      revision: state.manifest.revision,
      isNew: state.isNew,
    });
  }
  const { objects, bytes, files, catalogs } = work.cost();
  const { counters } = readTotals(await work.readDatabase(request.dryRun ? manifest.root : state.manifest.root, 'C'));
  return {
    repository: config.name,
    revision: state.manifest.revision,
    root: state.manifest.root,
    isNew: state.isNew,
    ...(changed.tag === undefined ? {} : { tag: changed.tag.name }),
    entries: entriesOf(counters),
    files,
    objects,
    bytes,
    catalogs,
    ...(whitelist === undefined ? {} : { whitelist }),
  };

  async function publish() {
    const tree = await editor();
    const draft = { ...(await tree.finish()), properties: tree.properties, time, ...tag };
    if (!request.dryRun) return await publishRevision(draft, repository, work);
    const isNew = !isPublished(draft, repository);
    return { manifest: isNew ? { ...manifest, revision: manifest.revision + 1 } : manifest, isNew };
  }
}
