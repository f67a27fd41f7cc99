import { mkdir } from 'node:fs/promises';
import { zeroCounters } from '../catalog/counters.ts';
import { formatReflog } from '../catalog/reflog.ts';
import { openJournal } from '../store/journal.ts';
import { makeDirectoryStore, openDirectoryStore } from '../store/open-directory-store.ts';
import type { RevisionManifest } from '../trust/manifest.ts';
import type { RepositoryKeys } from '../trust/repository-keys.ts';
import type { HeldRepository } from './open-repository.ts';
import { publishRevision } from './publish-revision.ts';
import { type RepositoryConfig, writeRepositoryConfig } from './repository-config.ts';
import { repositoryLayoutOf } from './repository-layout.ts';
import { beforeFirst, withRevisionWork } from './with-revision-work.ts';

/** What a new repository begins with. */
export interface RepositoryBeginning {
  readonly config: RepositoryConfig;
  readonly keys: RepositoryKeys;
  /** Absent where the master key is elsewhere: it is installed later. */
  readonly whitelist?: Buffer;
  /** Seconds since 1970. */
  readonly time: number;
}

/** Makes a repository in a folder that exists and is empty: its first revision is an empty tree.
 * @throws DISK_FULL, PERMISSION_DENIED */
export async function createRepository(folder: string, beginning: RepositoryBeginning): Promise<RevisionManifest> {
  const { config, keys, whitelist, time } = beginning;
  const layout = repositoryLayoutOf(folder);
  await mkdir(layout.state, { mode: 0o700 });
  await mkdir(layout.objects.journals);
  await makeDirectoryStore(folder, layout.objects);
  await writeRepositoryConfig(layout, config);
  const store = openDirectoryStore(folder, layout.objects, new Set());
  if (whitelist !== undefined) await store.putWhitelist(whitelist);
  const manifest = { ...beforeFirst, rootSize: 0, ttl: config.ttl, revision: 0, name: config.name, time: 0 };
  const reflog = formatReflog(config.name, []);
  const journal = await openJournal(layout.objects.journals, manifest.root);
  const repository: HeldRepository = { layout, config, keys, store, manifest, reflog, tags: [], journal };
  return await withRevisionWork(repository, undefined, async (work) => {
    const root = { kind: 'folder' as const, mode: 0o755, mtime: time, children: new Map() };
    const draft = { root, below: zeroCounters(), properties: {}, time };
    return (await publishRevision(draft, repository, work)).manifest;
  });
}
