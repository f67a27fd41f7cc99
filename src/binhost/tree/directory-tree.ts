import { createReadStream } from 'node:fs';
import { constants, copyFile, link, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { digestOf } from '../../core/digest.ts';
import { FarmError, isFarmError } from '../../core/farm-error.ts';
import { takeFileLock } from '../../core/file-lock.ts';
import { makeFolder } from '../../core/make-folder.ts';
import { readRegularFile } from '../../core/read-regular-file.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { syncFolder, writeFileAtomic } from '../../core/write-file-atomic.ts';
import { blobMissing } from '../blob-missing.ts';
import { checkBlobFile, notTheBlob } from '../check-blob-file.ts';
import type { BlobSource } from '../depot.ts';
import type { ObjectTree, TreeWriter } from './object-tree.ts';

/** Makes a tree of a directory. Writers are kept apart by a lock on a file beside what they write, which the kernel releases when its holder is gone. */
export function openDirectoryTree(directory: string): ObjectTree & { readonly pathOf: (key: string) => string } {
  const pathOf = (key: string) => join(directory, key);
  return {
    location: directory,
    pathOf,
    read: async (key, limit) => await readSmallFile(pathOf(key), limit),
    sizeOf: async (key) => (await stat(pathOf(key)).catch(() => undefined))?.size,
    open: (key, range) => readBlob(pathOf(key), directory, range),
    names: async (folder) => (await readdir(pathOf(folder)).catch(() => [])).toSorted(),
    writer: directoryWriter(directory, pathOf),
  };
}

function directoryWriter(directory: string, pathOf: (key: string) => string): TreeWriter {
  const writing = async <Result>(key: string, work: (path: string) => Promise<Result>): Promise<Result> => {
    const path = pathOf(key);
    try {
      await makeFolder(dirname(path));
      return await work(path);
    } catch (error) {
      throw translateFileError(error, 'write to the binhost', directory);
    }
  };
  const write: TreeWriter['write'] = (key, { text }) => writing(key, (path) => writeFileAtomic(path, text));
  return {
    write,
    writeDerived: (key, { text }) =>
      writing(key, async (path) => {
        const temporary = `${path}.${process.pid}.tmp`;
        await writeFile(temporary, text);
        await rename(temporary, path);
      }),
    writeIf: async (key, source, expected) => {
      const current = await readSmallFile(pathOf(key), Number.POSITIVE_INFINITY);
      if ((current === undefined ? undefined : digestOf(current)) !== expected) return false;
      await write(key, source);
      return true;
    },
    place: (key, blob) => writing(key, (path) => placeBlob(path, blob)),
    remove: async (key) => {
      try {
        await rm(pathOf(key));
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
        throw translateFileError(error, 'remove from the binhost', pathOf(key));
      }
    },
    exclusively: (folder, work) =>
      writing(`${folder}/.lock`, async (path) => {
        const lock = await takeFileLock(path, { command: 'binfarm', wait: true });
        try {
          return await work();
        } finally {
          await lock.close();
        }
      }),
    isSettled: async () => true, // whoever writes holds the lock from the first byte to the last
  };
}

/** Puts a blob under its digest, checking what was written; hard links where that is possible. */
async function placeBlob(path: string, source: BlobSource): Promise<void> {
  const { content } = source;
  if ('text' in content) return await writeFileAtomic(path, content.text);
  const temporary = `${path}.${process.pid}.tmp`;
  await rm(temporary, { force: true });
  try {
    const isLinked = await link(content.path, temporary).then(
      () => true,
      () => false, // on another file system
    );
    if (!isLinked) await copyFile(content.path, temporary, constants.COPYFILE_FICLONE);
    if (!isLinked || !content.isVerified) await checkBlobFile(temporary, source);
    else if ((await stat(temporary)).size !== source.size) throw notTheBlob(temporary, source);
    await syncFile(temporary);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } finally {
    await rm(temporary, { force: true });
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function readSmallFile(path: string, limit: number): Promise<Buffer | undefined> {
  try {
    return await readRegularFile(path, limit);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    if (isFarmError(error, 'PATH_EXISTS')) throw new FarmError('BINHOST_UNAVAILABLE', error.message, { cause: error });
    throw translateFileError(error, 'read', path);
  }
}

async function* readBlob(
  path: string,
  location: string,
  { size, from }: { readonly size: number; readonly from: number },
): AsyncGenerator<Buffer> {
  let position = from;
  if (position >= size) return;
  try {
    if (!(await stat(path)).isFile()) throw blobMissing(location, 'it is no file');
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, start: from, end: size - 1 })) {
      position += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
  } catch (error) {
    if (!['ENOENT', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw translateFileError(error, 'read', path);
    throw blobMissing(location, 'it is missing', error);
  }
  if (position < size) throw blobMissing(location, `it has ${position} of ${size} bytes`);
}
