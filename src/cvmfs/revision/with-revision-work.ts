import { hash } from 'node:crypto';
import { hexOf } from '../../core/digest-text.ts';
import { readPackageManifest } from '../../package/verify-package.ts';
import { emptyContent } from '../catalog/node.ts';
import { type ObjectIndex, openObjectIndex } from '../content/open-object-index.ts';
import { openStorers } from '../content/open-storers.ts';
import type { PlacedEntry } from '../content/store-package.ts';
import { noHash } from '../format/content-hash.ts';
import type { Journal } from '../store/journal.ts';
import type { ObjectDraft } from '../store/put-objects.ts';
import type { HeldRepository, Repository } from './open-repository.ts';
import { createRevisionWork, type RevisionWork, type WorkParts, type WorkProgress } from './revision-work.ts';

/** Opens all that making a revision needs, and closes it again. What is not on the disk yet when it fails is left to the next publication; a full disk gets its space back at once. */
export async function withRevisionWork<Result>(
  repository: HeldRepository,
  onProgress: ((progress: WorkProgress) => void) | undefined,
  use: (work: RevisionWork) => Promise<Result>,
): Promise<Result> {
  const { layout, journal, store } = repository;
  const { suspects } = journal;
  const opened = openObjectIndex(layout.index);
  // What a killed publication has noted of folders leads to objects that are not believed; all files are looked at again.
  const index = suspects.size === 0 ? opened : { ...opened, folderRecord: () => undefined };
  const settings = { ...(store.local === undefined ? {} : { local: store.local }), suspects, index: layout.index };
  const parts = { index, suspects, openStorers: (put: Put) => openStorers(settings, { index, put }) };
  const work = createRevisionWork(store, parts, onProgress);
  try {
    return await use(work);
  } catch (error) {
    await work.close();
    if ((error as { code?: string }).code === 'DISK_FULL') await undo(repository);
    throw error;
  } finally {
    await work.close();
    index.close();
  }
}

type Put = Parameters<WorkParts['openStorers']>[0];

/** What is noted is in no revision yet, so all of it can go. */
async function undo({ journal, store }: HeldRepository): Promise<void> {
  await store.removeObjects(await journal.notes());
  await store.clean();
  await journal.close();
}

/** Makes a revision in thought: nothing is read but what has to be looked at, and nothing is written.
 * @param use is given a repository and work that change nothing */
export async function withRehearsal<Result>(
  repository: Repository,
  use: (work: RevisionWork, repository: HeldRepository) => Promise<Result>,
): Promise<Result> {
  const index = openObjectIndex(repository.layout.index);
  const suspects = new Set<string>();
  const storers = {
    run: async () => {
      throw new Error('a rehearsal stores nothing');
    },
    close: async () => {},
  };
  const catalogs = new Map<string, Buffer>();
  const put = async (drafts: readonly ObjectDraft[]) => {
    const missing = [];
    for (const draft of drafts) if (!(await repository.store.has(draft.name))) missing.push(draft);
    for (const { name, bytes: content } of missing) if (name.endsWith('C')) catalogs.set(name, Buffer.from(content));
    return { objects: missing.length, bytes: missing.reduce((sum, draft) => sum + draft.bytes.length, 0) };
  };
  const read = async (name: string) => catalogs.get(name) ?? (await repository.store.read(name));
  const parts = { index: readOnly(index), suspects, openStorers: () => storers };
  const base = createRevisionWork({ ...repository.store, put, read }, parts);
  let files = 0;
  let bytes = 0;
  const work: RevisionWork = {
    ...base,
    storeFiles: async (list, size) => {
      files += list.length;
      bytes += size;
      return list.map(({ path, size: length }) => ({
        digest: hash('sha256', path, 'buffer'),
        size: length,
        content: emptyContent,
      }));
    },
    storePackage: async ({ blob }) => {
      const manifest = await readPackageManifest(blob);
      const entries = manifest.entries.map((entry): PlacedEntry => {
        const { path } = entry;
        if (entry.type === 'directory') return { path, kind: 'folder', mode: entry.mode };
        if (entry.type === 'symlink') return { path, kind: 'symlink', target: entry.target };
        if (entry.type === 'hardlink') return { path, kind: 'file', mode: 0o644, size: 0, content: emptyContent };
        const isKnown = index.contentOf(Buffer.from(hexOf(entry.digest), 'hex')) !== undefined;
        files += isKnown ? 0 : 1;
        bytes += isKnown ? 0 : entry.size;
        return { path, kind: 'file', mode: entry.mode, size: entry.size, content: emptyContent };
      });
      return { entries, time: 0, contents: [], edits: [] };
    },
    cost: () => ({ ...base.cost(), files, bytes }),
  };
  const journal: Journal = {
    suspects,
    isForeign: false,
    seal: async () => {},
    notes: async () => [],
    close: async () => {},
  };
  try {
    return await use(work, { ...repository, journal });
  } finally {
    index.close();
  }
}

function readOnly(index: ObjectIndex): ObjectIndex {
  const nothing = () => {};
  return {
    ...index,
    rememberContent: nothing,
    rememberEdited: nothing,
    rememberFolder: nothing,
    rememberCatalog: nothing,
  };
}

/** What stands for the revision before the first. */
export const beforeFirst = { root: noHash, history: noHash, reflog: noHash, certificate: noHash } as const;
