import { randomBytes } from 'node:crypto';
import { chmod, link, lutimes, mkdir, open, rename, rm, symlink, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FarmError } from '../../../core/farm-error.ts';
import { isThere } from '../../../core/is-there.ts';
import { removeFolder } from '../../../core/remove-folder.ts';
import { translateFileError } from '../../../core/translate-file-error.ts';
import { syncFolder } from '../../../core/write-file-atomic.ts';
import type { Entry } from '../catalog/catalog-entry.ts';
import { sinkOf } from '../catalog/fetch-database.ts';
import type { FoundEntry } from '../find-entry.ts';
import { bytesOfPath, type PathBytes, parentOf, showPath } from '../format/path-bytes.ts';
import { atOnce } from '../limits.ts';
import { fetchObject } from '../objects/fetch-object.ts';
import { forEachLimited } from '../objects/for-each-limited.ts';
import type { Repository } from '../open-repository.ts';
import { objectsOf } from '../read-content.ts';
import { trackProgress } from '../track-progress.ts';
import { type TreeEntry, walkTree, withChunks } from '../walk-tree.ts';

/** What was written by an export. */
export interface Exported {
  readonly files: number;
  readonly folders: number;
  readonly links: number;
  readonly bytes: number;
  /** What cannot be made without privileges: pipes, sockets, devices. */
  readonly skipped: readonly { readonly path: string; readonly kind: string }[];
}

interface Export {
  readonly repository: Repository;
  /** What is taken off the front of every path. */
  readonly top: PathBytes;
  readonly stage: Buffer;
  readonly folders: Entry[];
  readonly skipped: { path: string; kind: string }[];
  /** The first file of each group of hard links, by folder and group. */
  readonly groups: Map<string, Promise<Buffer>>;
  readonly counts: { files: number; folders: number; links: number; bytes: number };
}

/** Writes an entry, with all that is below it if it is a folder, at a path where nothing is yet. It is written beside it, verified, and renamed when it is complete.
 * Entries belong to the user; the set-user and set-group bits are left out.
 * @throws PATH_EXISTS, DISK_FULL, PERMISSION_DENIED, CVMFS_DAMAGED, CVMFS_INVALID, CVMFS_UNSUPPORTED, CVMFS_UNAVAILABLE */
export async function exportTree(repository: Repository, found: FoundEntry, destination: string): Promise<Exported> {
  if (await isThere(destination)) {
    throw new FarmError('PATH_EXISTS', `Cannot export to "${destination}": something is there already`);
  }
  const stage = `${destination}.${randomBytes(6).toString('hex')}.tmp`;
  const counts = { files: 0, folders: 0, links: 0, bytes: 0 };
  const { path: top } = found.entry;
  const work: Export = {
    repository,
    top,
    stage: Buffer.from(stage),
    folders: [],
    skipped: [],
    groups: new Map(),
    counts,
  };
  const progress = trackProgress(repository, { part: 'export', title: `export ${showPath(top)}` });
  try {
    await makeEntry(work, withChunks(found.catalog, found.entry));
    if (found.entry.kind === 'folder') {
      const pieces = inOrder(work, walkTree(repository, found));
      await forEachLimited(pieces, atOnce, async (piece) => {
        repository.signal?.throwIfAborted();
        await makeEntry(work, piece);
        progress.add(1, piece.entry.kind === 'file' ? piece.entry.size : 0);
      });
      for (const folder of work.folders.reverse()) await finishFolder(work, folder);
    }
    await rename(stage, destination);
    await syncFolder(dirname(destination));
  } catch (error) {
    await removeFolder(stage);
    throw translateFileError(error, 'export to', destination);
  } finally {
    progress.end();
  }
  return { ...counts, skipped: work.skipped };
}

/** Makes each folder at once, so that it is there before what is in it, and passes on all else. */
async function* inOrder(work: Export, entries: AsyncIterable<TreeEntry>): AsyncGenerator<TreeEntry> {
  for await (const piece of entries) {
    if (piece.entry.kind === 'folder') await makeEntry(work, piece);
    else yield piece;
  }
}

/** Every entry is made where there must be none: no link that was made before can lead another entry astray. */
async function makeEntry(work: Export, piece: TreeEntry): Promise<void> {
  const { entry } = piece;
  const path = placeOf(work, entry);
  switch (entry.kind) {
    case 'folder':
      await mkdir(path, 0o700);
      work.folders.push(entry);
      work.counts.folders += 1;
      return;
    case 'link':
      await symlink(bytesOfPath(entry.target), path);
      await lutimes(path, timeOf(entry), timeOf(entry));
      work.counts.links += 1;
      return;
    case 'file':
      await makeFile(work, piece, path);
      work.counts.files += 1;
      return;
    case 'pipe':
    case 'socket':
    case 'block device':
    case 'character device':
      work.skipped.push({ path: showPath(entry.path), kind: entry.kind });
  }
}

function placeOf({ stage, top }: Export, { path }: Entry): Buffer {
  return Buffer.concat([stage, bytesOfPath(path.slice(top.length))]);
}

/** Makes a file, or links it to the one of its group that was made first. */
async function makeFile(work: Export, piece: TreeEntry, path: Buffer): Promise<void> {
  const { entry } = piece;
  if (entry.linkGroup === 0 || entry.path === work.top) return await writeContent(work, piece, path);
  const key = `${parentOf(entry.path)} ${entry.linkGroup}`;
  const first = work.groups.get(key);
  if (first !== undefined) return await link(await first, path);
  const made = writeContent(work, piece, path).then(() => path);
  work.groups.set(key, made);
  await made;
}

async function writeContent({ repository, counts }: Export, piece: TreeEntry, path: Buffer): Promise<void> {
  const { entry } = piece;
  const file = await open(path, 'wx', 0o600);
  try {
    let position = 0;
    for (const reference of objectsOf(piece)) {
      const { plain } = await fetchObject(
        repository.source,
        reference,
        sinkOf(file, showPath(entry.path), position),
        repository,
      );
      position += plain;
    }
    counts.bytes += position;
    await file.chmod(entry.mode & 0o777);
    await file.utimes(timeOf(entry), timeOf(entry));
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function finishFolder(work: Export, entry: Entry): Promise<void> {
  const path = placeOf(work, entry);
  await utimes(path, timeOf(entry), timeOf(entry));
  await chmod(path, entry.mode & 0o777);
}

function timeOf({ mtime, mtimeNanoseconds = 0 }: Entry): number {
  return mtime + mtimeNanoseconds / 1e9;
}
