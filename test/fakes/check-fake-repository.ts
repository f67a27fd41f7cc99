import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CheckRequest, type CheckResult, checkRepository } from '../../src/cvmfs/read/check/check-repository.ts';
import { readMasterKeys } from '../../src/cvmfs/read/trust/read-master-keys.ts';
import type { FakeTree } from './cvmfs-catalog.ts';
import type { FakeChanges } from './cvmfs-objects.ts';
import { fakeKeyFile, fakeTree, makeFakeRepository } from './cvmfs-repository.ts';

/** The key that fake repositories are signed with. */
export const fakeKeys = await readMasterKeys([fakeKeyFile]);

/** Fake repositories that are made, changed and checked. */
export interface CheckedRepositories {
  readonly top: string;
  readonly make: (tree?: FakeTree, changes?: FakeChanges) => string;
  readonly check: (folder: string, more?: Partial<CheckRequest>) => Promise<CheckResult>;
  readonly remove: () => void;
}

/** Opens a folder for fake repositories. */
export function openCheckedRepositories(): CheckedRepositories {
  const top = mkdtempSync(join(tmpdir(), 'binfarm-test-'));
  let count = 0;
  return {
    top,
    make: (tree = fakeTree, changes = {}) => {
      count += 1;
      const folder = join(top, String(count));
      makeFakeRepository(folder, tree, changes);
      return folder;
    },
    check: async (location, more = {}) => {
      const now = Date.UTC(2026, 0, 1);
      const request = { location, folder: '/', keys: fakeKeys, now, objects: 'read', tags: true } as const;
      return await checkRepository({ ...request, ...more }, { emit: () => {} });
    },
    remove: () => rmSync(top, { recursive: true }),
  };
}

/** Every file below a folder, in order. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
