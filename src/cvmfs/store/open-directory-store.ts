import { chmod, lstat, mkdir, readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { FarmError } from '../../core/farm-error.ts';
import { makeFolder } from '../../core/make-folder.ts';
import { removeFolder } from '../../core/remove-folder.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { syncFolder, writeFileAtomic } from '../../core/write-file-atomic.ts';
import { syncFileSystem } from '../../package/sync-file-system.ts';
import { contentHashOf } from '../format/content-hash.ts';
import { createObjectPutter, type ObjectPutter } from './put-objects.ts';
import type { LocalObjects, PublishedRevision, RepositoryStore } from './repository-store.ts';

/** The files at the root of a repository that clients ask for by name. */
const names = {
  manifest: '.cvmfspublished',
  reflog: '.cvmfsreflog',
  whitelist: '.cvmfswhitelist',
  replica: '.cvmfs_master_replica',
} as const;

/** What manifest and reflog are links through: replacing it changes both by one rename. */
const currentName = '.revision';
const revisionsName = '.revisions';

/** Makes the folders and links of an empty repository. */
export async function makeDirectoryStore(folder: string, local: LocalObjects): Promise<void> {
  for (let index = 0; index < 256; index += 1)
    await makeFolder(join(local.folder, index.toString(16).padStart(2, '0')));
  for (const path of [local.scratch, join(folder, revisionsName)]) await makeFolder(path);
  await symlink(join(currentName, 'manifest'), join(folder, names.manifest));
  await symlink(join(currentName, 'reflog'), join(folder, names.reflog));
  await writeFileAtomic(join(folder, names.replica), '', makeReadable);
}

/** Opens a repository that is a directory, which any web server can serve.
 * @param suspects see `createObjectPutter` */
export function openDirectoryStore(
  folder: string,
  local: LocalObjects,
  suspects: ReadonlySet<string>,
): RepositoryStore {
  let putter: ObjectPutter | undefined;
  return {
    location: folder,
    local,
    has: async (name) => (await lstat(join(local.folder, name)).catch(() => undefined)) !== undefined,
    put: async (drafts) => {
      putter ??= createObjectPutter(local, suspects);
      return putter.put(drafts);
    },
    read: (name) => readObject(local.folder, name),
    readPublished: () => readPublished(folder),
    publish: async (revision) => {
      try {
        if (revision.hasNewObjects) await syncFileSystem(local.folder);
        await switchRevision(folder, revision);
      } catch (error) {
        throw translateFileError(error, 'publish in', folder);
      }
    },
    readWhitelist: () => readFile(join(folder, names.whitelist)),
    putWhitelist: (bytes) => writeFileAtomic(join(folder, names.whitelist), bytes, makeReadable),
    removeObjects: async (found) => {
      for (const name of found) await rm(join(local.folder, name), { force: true });
    },
    clean: () => clean(folder, local),
  };
}

async function readObject(folder: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw translateFileError(error, 'read', join(folder, name));
    throw new FarmError('CVMFS_DAMAGED', `Cannot read the object "${name}": it is not there`, { cause: error });
  }
}

async function readPublished(folder: string): Promise<PublishedRevision> {
  try {
    const current = await readlink(join(folder, currentName)); // both files of one revision, though it may be replaced meanwhile
    const manifest = await readFile(join(folder, current, 'manifest'));
    return { manifest, reflog: await readFile(join(folder, current, 'reflog')) };
  } catch (error) {
    throw new FarmError('CVMFS_NOT_FOUND', `Cannot use "${folder}": it is no CVMFS repository that binfarm has made`, {
      hint: 'binfarm cvmfs init NAME --to DIR',
      cause: error,
    });
  }
}

async function switchRevision(
  folder: string,
  { manifest, reflog, number }: PublishedRevision & { readonly number: number },
): Promise<void> {
  const own = join(revisionsName, `${number}-${contentHashOf(manifest).slice(0, 12)}`);
  if ((await readlink(join(folder, currentName)).catch(() => undefined)) === own) return;
  const path = join(folder, own);
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { mode: 0o755 });
  await chmod(path, 0o755);
  await writeFileAtomic(join(path, 'reflog'), reflog, makeReadable);
  await writeFileAtomic(join(path, 'manifest'), manifest, makeReadable);
  await syncFolder(join(folder, revisionsName));
  const temporary = join(folder, `${currentName}.tmp`);
  await rm(temporary, { force: true });
  await symlink(own, temporary);
  await rename(temporary, join(folder, currentName));
  await syncFolder(folder);
}

const makeReadable = (path: string) => chmod(path, 0o644);

/** Removes what was half-written, and the files of earlier revisions' names. */
async function clean(folder: string, local: LocalObjects): Promise<void> {
  for (const name of await readdir(local.scratch))
    await rm(join(local.scratch, name), { recursive: true, force: true });
  for (const name of await readdir(folder)) if (name.endsWith('.tmp')) await rm(join(folder, name), { force: true });
  const current = (await readlink(join(folder, currentName))).split('/').at(-1);
  for (const name of await readdir(join(folder, revisionsName))) {
    if (name !== current) await removeFolder(join(folder, revisionsName, name));
  }
}
