import { createPublicKey } from 'node:crypto';
import { FarmError } from '../../core/farm-error.ts';
import { type FileLock, type LockOwner, takeFileLock } from '../../core/file-lock.ts';
import { parseHistory, type Tag } from '../catalog/history.ts';
import { unpackDatabase } from '../catalog/sqlite-bytes.ts';
import { objectNameOf } from '../format/content-hash.ts';
import { type Journal, openJournal } from '../store/journal.ts';
import { openDirectoryStore } from '../store/open-directory-store.ts';
import type { RepositoryStore } from '../store/repository-store.ts';
import { parseOwnManifest, type RevisionManifest } from '../trust/manifest.ts';
import { keyPathsOf, type RepositoryKeys, readRepositoryKeys } from '../trust/repository-keys.ts';
import { type RepositoryConfig, readRepositoryConfig } from './repository-config.ts';
import { type RepositoryLayout, repositoryLayoutOf } from './repository-layout.ts';

/** A repository that can be published to. */
export interface Repository {
  readonly layout: RepositoryLayout;
  readonly config: RepositoryConfig;
  readonly keys: RepositoryKeys;
  readonly store: RepositoryStore;
  /** What is published. */
  readonly manifest: RevisionManifest;
  readonly reflog: Buffer;
  readonly tags: readonly Tag[];
}

/** A repository that nobody else changes meanwhile. */
export interface HeldRepository extends Repository {
  readonly journal: Journal;
}

/** How a repository is opened. */
export interface OpenOptions {
  /** The folder of its keys, where it is another one than was noted. */
  readonly keys?: string;
}

/** Opens a repository for reading; readers never wait.
 * @throws CVMFS_INVALID, CVMFS_DAMAGED, KEY_INVALID */
export async function openRepository(folder: string, options: OpenOptions = {}): Promise<Repository> {
  const layout = repositoryLayoutOf(folder);
  return await read(layout, openDirectoryStore(folder, layout.objects, new Set()), options);
}

async function read(layout: RepositoryLayout, store: RepositoryStore, options: OpenOptions): Promise<Repository> {
  const config = await readRepositoryConfig(layout);
  const keys = await readRepositoryKeys(keyPathsOf(options.keys ?? config.keys, config.name));
  const published = await store.readPublished();
  const manifest = parseOwnManifest(published.manifest, createPublicKey(keys.certificate));
  if (manifest.name !== config.name) {
    throw new FarmError(
      'CVMFS_INVALID',
      `Cannot use "${layout.folder}": it publishes "${manifest.name}" instead of "${config.name}"`,
    );
  }
  const history = unpackDatabase(await store.read(objectNameOf(manifest.history, 'H')), manifest.history);
  return { layout, config, keys, store, manifest, reflog: published.reflog, tags: parseHistory(history) };
}

/** How a repository is held against other writers. */
export interface HoldOptions extends OpenOptions {
  /** What others, who wait, are told. */
  readonly command: string;
  readonly wait: boolean;
  readonly onWait?: (owner: LockOwner | undefined) => void;
  readonly signal?: AbortSignal;
  /** Takes over a repository that something else has written last. */
  readonly adopt?: boolean;
}

/** Keeps other writers out of a repository while `work` changes it, after taking away what killed ones have half-written.
 * @throws LOCKED, CVMFS_INVALID, CVMFS_DAMAGED, CVMFS_FOREIGN, KEY_INVALID */
export async function holdRepository<Result>(
  folder: string,
  options: HoldOptions,
  work: (repository: HeldRepository) => Promise<Result>,
): Promise<Result> {
  const layout = repositoryLayoutOf(folder);
  await readRepositoryConfig(layout);
  const lock: FileLock = await takeFileLock(layout.lock, options);
  try {
    const plain = openDirectoryStore(folder, layout.objects, new Set());
    await plain.clean();
    const repository = await read(layout, plain, options);
    const journal = await openJournal(layout.objects.journals, repository.manifest.root);
    if (journal.isForeign && options.adopt !== true) throw foreign(folder);
    const store = openDirectoryStore(folder, layout.objects, journal.suspects);
    return await work({ ...repository, store, journal });
  } finally {
    await lock.close();
  }
}

function foreign(folder: string): FarmError {
  return new FarmError(
    'CVMFS_FOREIGN',
    `Cannot publish to "${folder}": something else than this binfarm has written it last`,
    {
      hint: 'Have all of it checked and taken over: binfarm cvmfs reindex --adopt',
    },
  );
}
