import { join } from 'node:path';
import type { LocalObjects } from '../store/repository-store.ts';

/** Where things are in a repository that is a directory. What is below `.binfarm` is for its owner alone. */
export interface RepositoryLayout {
  readonly folder: string;
  readonly state: string;
  /** What the repository is called, and where its keys are. */
  readonly config: string;
  readonly lock: string;
  readonly index: string;
  readonly objects: LocalObjects;
}

/** The layout of the repository at an absolute path. */
export function repositoryLayoutOf(folder: string): RepositoryLayout {
  const state = join(folder, '.binfarm');
  return {
    folder,
    state,
    config: join(state, 'repository.json'),
    lock: join(state, 'lock'),
    index: join(state, 'index.sqlite'),
    objects: { folder: join(folder, 'data'), scratch: join(folder, 'data/txn'), journals: join(state, 'journal') },
  };
}
