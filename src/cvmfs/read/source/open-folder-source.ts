import { constants, lstat, open, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { translateFileError } from '../../../core/translate-file-error.ts';
import { invalid } from '../format/invalid.ts';
import { parseObjectKey } from '../format/object-hash.ts';
import type { FoundFile, RepositorySource, StoredFile } from './repository-source.ts';

const pieceSize = 1 << 20;

/** Opens a folder that has the files of a repository. */
export function openFolderSource(folder: string): RepositorySource {
  return {
    location: folder,
    open: async (key) => await openFile(folder, key),
    has: async (key) => {
      const found = await openFile(folder, key);
      await found?.discard();
      return found !== undefined;
    },
    list: () => listData(folder),
    close: () => {},
  };
}

async function openFile(folder: string, key: string): Promise<FoundFile | undefined> {
  const path = join(folder, key);
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK); // a pipe would keep us waiting
    const facts = await file.stat();
    if (!facts.isFile()) {
      await file.close();
      throw invalid(key, 'it is no file');
    }
    return { size: facts.size, chunks: () => piecesOf(file, facts.size), discard: async () => await file.close() };
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw translateFileError(error, 'read', path);
  }
}

async function* piecesOf(file: Awaited<ReturnType<typeof open>>, size: number): AsyncGenerator<Buffer> {
  try {
    for (;;) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(Math.min(pieceSize, size + 1)));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      if (bytesRead === size) return;
    }
  } finally {
    await file.close();
  }
}

/** Goes through `data/`: folders of two digits, with plain files that are named by their hash. What publishers keep in `txn` is theirs. */
async function* listData(folder: string): AsyncGenerator<StoredFile> {
  for await (const entry of await opendir(join(folder, 'data'))) {
    const key = `data/${entry.name}`;
    if (entry.name === 'txn') continue;
    if (!/^[0-9a-f]{2}$/.test(entry.name) || !entry.isDirectory()) {
      yield { key, problem: 'only folders of two hexadecimal digits belong here' };
      continue;
    }
    for await (const file of await opendir(join(folder, key))) yield await judge(folder, key, file.name);
  }
}

async function judge(folder: string, parent: string, name: string): Promise<StoredFile> {
  const key = `${parent}/${name}`;
  if (parseObjectKey(parent.slice('data/'.length), name) === undefined) {
    return { key, problem: 'it has not the name of an object' };
  }
  const facts = await lstat(join(folder, key));
  if (!facts.isFile()) return { key, problem: 'it is no plain file' };
  return (facts.mode & 0o444) === 0o444 ? { key } : { key, problem: 'not everybody may read it' };
}
