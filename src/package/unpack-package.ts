import { randomBytes } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { chmod, chown, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FarmError } from '../core/farm-error.ts';
import { translateFileError } from '../core/translate-file-error.ts';
import { syncFolder } from '../core/write-file-atomic.ts';
import type { BuildHash } from '../model/names.ts';
import type { PackageManifest } from '../model/package-manifest.ts';
import { driveReader, type ExpectedBlob, type PackageSource } from './archive/drive-reader.ts';
import { type PackageStart, readFrames, readTrustedFrames } from './archive/read-frames.ts';
import { damaged } from './archive/zstd-frame.ts';
import type { StoreNames } from './relocate/rename-stores.ts';
import { syncFileSystem } from './sync-file-system.ts';
import { createTreeWriter, type TreeWriter } from './write-tree.ts';

/** What is known of a package before it is opened: a signed statement has all of it. */
export interface ExpectedPackage extends ExpectedBlob {
  readonly buildHash?: BuildHash;
  readonly storeName?: string;
}

/** What to unpack, and where. */
export interface UnpackRequest {
  readonly blob: PackageSource;
  readonly expect?: ExpectedPackage;
  /** The folder that is made; its parent must exist. */
  readonly into: string;
  /** The root of the store as programs see it when they run. */
  readonly root: string;
  /** False leaves it to the caller to have everything written to the disk before it relies on the package (`syncFileSystem`), which for many packages is faster done once. */
  readonly sync?: boolean;
  /** Names of folders in the store that its files are to have in place of others: for a package that is used beside others than it was built with. Its metadata stay as they were packed. */
  readonly names?: StoreNames;
  /** For folders that a group shares: the mode, with the set-group-id bit, and the group of every folder. */
  readonly share?: { readonly folderMode: number; readonly group: number };
}

/** Unpacks a package at another root, checking every byte on its way; the folder appears under its name only when it is whole, and nothing is left after a failure.
 * While it is written it is `.<name>.<random>.tmp` beside it. Shared by nothing else in memory, so it can run in a worker.
 * @throws PACKAGE_DAMAGED, PACKAGE_NOT_FOUND, PREFIX_TOO_LONG, PATH_UNSAFE, PATH_EXISTS, DISK_FULL, PERMISSION_DENIED */
export async function unpackPackage(request: UnpackRequest): Promise<PackageManifest> {
  const { into } = request;
  const temporary = join(dirname(into), `.${basename(into)}.${randomBytes(6).toString('hex')}.tmp`);
  refuseExisting(into);
  let writer: TreeWriter | undefined;
  try {
    await mkdir(temporary, { mode: 0o755 });
    await shareWithGroup(temporary, request.share);
    writer = createTreeWriter(temporary, request.root, request.names);
    const manifest = await readInto(writer, request);
    writer.finish();
    if (request.share === undefined) await chmod(temporary, 0o755);
    if (request.sync !== false) await syncFileSystem(temporary);
    await renameNew(temporary, into);
    if (request.sync !== false) await syncFolder(dirname(into));
    return manifest;
  } catch (error) {
    writer?.close();
    await rm(temporary, { recursive: true, force: true }).catch(() => {}); // as on a file system that is read-only now
    throw translateFileError(error, 'unpack to', into);
  }
}

/** What is made in the folder then has its mode and group, too. */
async function shareWithGroup(folder: string, share: UnpackRequest['share']): Promise<void> {
  if (share === undefined) return;
  const { uid, gid } = lstatSync(folder);
  // who is not of the group cannot give it anything
  if (gid !== share.group) await chown(folder, uid, share.group).catch(() => {});
  await chmod(folder, share.folderMode);
}

/** Somebody else may have made the folder in the meantime; it is never replaced. */
async function renameNew(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR' ? exists(to) : error;
  }
}

async function readInto(writer: TreeWriter, request: UnpackRequest): Promise<PackageManifest> {
  const expect = request.expect ?? {};
  // What follows the tar is covered by the blob's digest; without one it is compared with what it must be.
  const thorough = expect.digest === undefined;
  const visitor = {
    ...writer,
    manifest: (manifest: PackageManifest, start: PackageStart) => {
      checkIdentity(manifest, expect);
      writer.manifest?.(manifest, start);
    },
  };
  const { result } = await driveReader(request.blob, thorough ? readFrames(visitor) : readTrustedFrames(visitor), {
    ...expect,
    tail: thorough ? 'refused' : 'ignored',
  });
  return result.manifest;
}

function checkIdentity(manifest: PackageManifest, expect: ExpectedPackage): void {
  if (expect.buildHash !== undefined && manifest.buildHash !== expect.buildHash) {
    throw damaged(`its build hash is ${manifest.buildHash} instead of ${expect.buildHash}`);
  }
  if (expect.storeName !== undefined && manifest.storeName !== expect.storeName) {
    throw damaged(`it is "${manifest.storeName}" instead of "${expect.storeName}"`);
  }
}

function refuseExisting(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw exists(path);
}

function exists(path: string): FarmError {
  return new FarmError('PATH_EXISTS', `Cannot unpack to "${path}": it exists already`);
}
