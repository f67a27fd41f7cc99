import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { digestOfFile } from '../../../core/digest.ts';
import type { Digest } from '../../../core/digest-text.ts';
import { translateFileError } from '../../../core/translate-file-error.ts';
import { syncFolder } from '../../../core/write-file-atomic.ts';
import { cachedPathOf, type SourceCache } from '../source-cache.ts';

/** An unfinished download that belongs to this process alone: `<hex>.<host>.<pid>.<random>.part`. One that nobody is
 * writing is called `<hex>.part`. */
export interface PartFile {
  readonly path: string;
  readonly handle: FileHandle;
  /** Bytes that it has. */
  size: number;
}

const abandonedAfterMs = 10 * 60_000;
const host = hostname().replace(/[^A-Za-z0-9-]/g, '-') || 'localhost';

/** Takes over what an earlier process left of a download, or begins a new one. Two processes never write to one part file: whoever
 * renames it first has it.
 * @throws DISK_FULL, PERMISSION_DENIED */
export async function claimPart(cache: SourceCache, digest: Digest): Promise<PartFile> {
  const final = cachedPathOf(cache, digest);
  const path = `${final}.${host}.${process.pid}.${randomBytes(6).toString('hex')}.part`;
  for (const candidate of [`${final}.part`, ...(await abandonedParts(final))]) {
    if (await renameIfThere(candidate, path)) break;
  }
  try {
    const handle = await open(path, 'a+');
    return { path, handle, size: (await handle.stat()).size };
  } catch (error) {
    throw translateFileError(error, 'write', path);
  }
}

/** Adds bytes at the end.
 * @throws DISK_FULL */
export async function appendToPart(part: PartFile, chunk: Uint8Array): Promise<void> {
  try {
    await part.handle.appendFile(chunk);
  } catch (error) {
    throw translateFileError(error, 'write', part.path);
  }
  part.size += chunk.length;
}

/** Throws away what was downloaded. */
export async function emptyPart(part: PartFile): Promise<void> {
  await part.handle.truncate(0);
  part.size = 0;
}

/** Gives a part its name in the cache if its content is right, and says what its digest is.
 * @throws DISK_FULL, PERMISSION_DENIED */
export async function finishPart(cache: SourceCache, part: PartFile, expected: Digest): Promise<Digest> {
  const { digest } = await digestOfFile(part.path);
  if (digest !== expected) return digest;
  const path = cachedPathOf(cache, digest);
  try {
    await part.handle.sync();
    await rename(part.path, path);
    await syncFolder(dirname(path));
  } catch (error) {
    throw translateFileError(error, 'write', path);
  }
  return digest;
}

/** Lets go of a part: what it holds stays for the next try, under the name that anybody may claim. */
export async function releasePart(cache: SourceCache, part: PartFile, digest: Digest): Promise<void> {
  await part.handle.close();
  if (part.size === 0) await rm(part.path, { force: true });
  else await renameIfThere(part.path, `${cachedPathOf(cache, digest)}.part`);
}

async function abandonedParts(final: string): Promise<string[]> {
  const folder = dirname(final);
  const names = await readdir(folder);
  const own = names.filter((name) => name.startsWith(`${basename(final)}.`) && name.endsWith('.part'));
  const judged = await Promise.all(
    own.map(async (name) => ((await isAbandoned(folder, name)) ? [join(folder, name)] : [])),
  );
  return judged.flat();
}

/** A process of this host is asked whether it lives; one of another host counts as dead when its part has long stood still. */
async function isAbandoned(folder: string, name: string): Promise<boolean> {
  const match = /^[0-9a-f]{64}\.([A-Za-z0-9-]+)\.(\d+)\.[0-9a-f]{12}\.part$/.exec(name);
  if (match === null) return false;
  if (match[1] === host && !isRunning(Number(match[2]))) return true;
  const info = await stat(join(folder, name)).catch(() => undefined);
  return info !== undefined && Date.now() - info.mtimeMs > abandonedAfterMs;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function renameIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw translateFileError(error, 'rename', from);
  }
}
