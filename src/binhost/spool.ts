import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../core/digest-text.ts';
import { hexOf } from '../core/digest-text.ts';
import { isFarmError } from '../core/farm-error.ts';
import { takeFileLock } from '../core/file-lock.ts';
import { makeFolder } from '../core/make-folder.ts';
import { translateFileError } from '../core/translate-file-error.ts';
import type { Leftover } from './binhost.ts';
import { blobMissing } from './blob-missing.ts';

/** Bytes that are written at once. */
const portion = 1 << 20;

/** A blob that is to be put together from what arrives. */
export interface SpooledBlob {
  readonly digest: Digest;
  readonly size: number;
  readonly location: string;
  /** The bytes from an offset on. */
  readonly open: (from: number) => AsyncIterable<Buffer>;
  readonly onStart: (resumedAt: number) => void;
  readonly onProgress: (bytes: number) => void;
}

/** Puts a blob together in a folder and hands its path to `use`; the file is gone afterwards. What an earlier try has left is used. Others who want the same blob wait, and `isNeeded` is
 * asked once it is their turn: nothing is fetched twice.
 * @throws PACKAGE_DAMAGED when what arrives is, twice, not the blob; DISK_FULL, PERMISSION_DENIED */
export async function withSpooledBlob<Result>(
  folder: string,
  blob: SpooledBlob,
  steps: { readonly isThere: () => Promise<Result | undefined>; readonly use: (path: string) => Promise<Result> },
): Promise<Result> {
  const path = join(folder, `${hexOf(blob.digest)}.part`);
  const lockPath = join(folder, `${hexOf(blob.digest)}.lock`);
  await makeFolder(folder);
  const lock = await takeFileLock(lockPath, { command: 'binfarm', wait: true });
  try {
    const there = await steps.isThere();
    const result = there ?? (await steps.use(await receive(path, blob)));
    // Whoever holds, or waits for, this very file finds the blob where it was wanted.
    for (const item of [path, lockPath]) await rm(item, { force: true });
    return result;
  } finally {
    await lock.close();
  }
}

/** Receives a blob into a file, from where an earlier try has left it. Bytes that turn out to be wrong are fetched anew, all of them: twice when the beginning came from an earlier try. */
async function receive(path: string, blob: SpooledBlob): Promise<string> {
  for (let tries = 0; tries < 3; tries += 1) {
    const left = (await stat(path).catch(() => undefined))?.size ?? 0;
    const resumed = left <= blob.size ? left : 0;
    if ((await receiveOnce(path, blob, resumed)) === blob.digest) return path;
    await rm(path, { force: true });
  }
  throw blobMissing(blob.location, `what it sends is not ${blob.digest}`);
}

async function receiveOnce(path: string, blob: SpooledBlob, resumed: number): Promise<string> {
  const hash = createHash('sha256');
  try {
    const file = await open(path, 'a');
    try {
      await file.truncate(resumed);
      if (resumed > 0)
        for await (const chunk of createReadStream(path, { end: resumed - 1, highWaterMark: 1 << 18 }))
          hash.update(chunk as Buffer);
      blob.onStart(resumed);
      let size = resumed;
      for await (const chunks of gather(blob.open(resumed))) {
        for (const chunk of chunks) {
          hash.update(chunk);
          size += chunk.length;
        }
        await file.appendFile(Buffer.concat(chunks)); // which, unlike writev, does not stop at a part
        blob.onProgress(size);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    throw translateFileError(error, 'write', path);
  }
  return `sha256:${hash.digest('hex')}`;
}

/** Gathers what arrives into portions that are worth writing; what there is when it breaks off is a portion, too. */
async function* gather(source: AsyncIterable<Buffer>): AsyncGenerator<readonly Buffer[]> {
  let chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of source) {
      chunks.push(chunk);
      size += chunk.length;
      if (size < portion) continue;
      yield chunks;
      [chunks, size] = [[], 0];
    }
  } catch (error) {
    yield chunks;
    throw error;
  }
  yield chunks;
}

/** Finds what interrupted copies have left in a spool, and removes it unless somebody is at work on it. */
export async function sweepSpool(
  folder: string,
  { remove }: { readonly remove: boolean },
): Promise<readonly Leftover[]> {
  const leftovers: Leftover[] = [];
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^[0-9a-f]{64}\.(part|lock)$/.test(name));
  for (const stem of new Set(names.map((name) => name.slice(0, 64)))) {
    const [path, lockPath] = [join(folder, `${stem}.part`), join(folder, `${stem}.lock`)] as const;
    const bytes = (await stat(path).catch(() => undefined))?.size;
    const isFree = !remove || (await removeUnlessLocked(lockPath, path));
    if (isFree && bytes !== undefined) leftovers.push({ path, bytes });
  }
  return leftovers;
}

async function removeUnlessLocked(lockPath: string, path: string): Promise<boolean> {
  const lock = await takeFileLock(lockPath, { command: 'binfarm', wait: false }).catch((error) => {
    if (isFarmError(error, 'LOCKED')) return undefined;
    throw error;
  });
  if (lock === undefined) return false;
  for (const item of [path, lockPath]) await rm(item, { force: true });
  await lock.close();
  return true;
}
