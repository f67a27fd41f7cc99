import { chmod, chown, lstat, open, stat } from 'node:fs/promises';
import { isThere } from '../core/is-there.ts';
import { makeFolder } from '../core/make-folder.ts';
import { translateFileError } from '../core/translate-file-error.ts';

/** How what is made in an area is shared with a group of users. */
export interface AreaSharing {
  /** Of every folder. */
  readonly folderMode: number;
  /** Of every file that is no package's. */
  readonly fileMode: number;
  /** The id of the group that everything belongs to. */
  readonly group: number;
}

const groupMayWrite = 0o020;

/** Finds out by an area's own folder how it is shared: where the group may write it, all that is made in it is for the group to replace and to remove, whatever the umask and
 * the groups of the user who makes it. Undefined where only its owner writes.
 * @throws PERMISSION_DENIED */
export async function readSharing(root: string): Promise<AreaSharing | undefined> {
  const { mode, gid } = await stat(root).catch((error: unknown) => {
    throw translateFileError(error, 'read', root);
  });
  if ((mode & groupMayWrite) === 0) return undefined;
  return { folderMode: (mode & 0o775) | 0o2700, fileMode: (mode & 0o664) | 0o600, group: gid };
}

/** Makes a folder in an area, for the group where the area is shared; one that is there stays as it is.
 * @throws DISK_FULL, PERMISSION_DENIED */
export async function makeAreaFolder(path: string, sharing: AreaSharing | undefined): Promise<void> {
  if (await isThere(path)) return;
  await makeFolder(path);
  await shareFolder(path, sharing);
}

/** Lets the group have a folder that this user has just made in a shared area; what is then made in it belongs to the group by itself. */
export async function shareFolder(path: string, sharing: AreaSharing | undefined): Promise<void> {
  await share(path, sharing, sharing?.folderMode);
}

/** Lets the group have a file that this user has just made in a shared area. */
export async function shareFile(path: string, sharing: AreaSharing | undefined): Promise<void> {
  await share(path, sharing, sharing?.fileMode);
}

/** Makes an empty file that everybody who shares the area can write, unless it is there. */
export async function makeSharedFile(path: string, sharing: AreaSharing | undefined): Promise<void> {
  if (sharing === undefined) return;
  const file = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return undefined;
    throw translateFileError(error, 'make', path);
  });
  if (file === undefined) return;
  await file.close();
  await shareFile(path, sharing);
}

async function share(path: string, sharing: AreaSharing | undefined, mode: number | undefined): Promise<void> {
  if (sharing === undefined || mode === undefined) return;
  const before = await lstat(path);
  // the group first, since a change of it takes bits off the mode
  if (before.gid !== sharing.group) await chown(path, before.uid, sharing.group).catch(whenNotOurs);
  if ((before.mode & 0o7777) !== mode || before.gid !== sharing.group) await chmod(path, mode).catch(whenNotOurs);
}

/** A user who is not of the group cannot give it anything; somebody else's folder is as its owner has made it. */
function whenNotOurs(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPERM') throw error;
}
