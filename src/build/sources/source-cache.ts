import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf, digestOfFile } from '../../core/digest.ts';
import { type Digest, hexOf } from '../../core/digest-text.ts';
import { translateFileError } from '../../core/translate-file-error.ts';

/** Where sources are kept by content, for all farms of a user: `sha256/<hex>` are verified files, `*.part` beside them
 * unfinished downloads, `git/` bare repositories. Any number of processes may use it at once; everything in it can be
 * deleted at any time. */
export interface SourceCache {
  /** Absolute. */
  readonly directory: string;
}

/** Opens a cache, making its folders where they are missing.
 * @throws PERMISSION_DENIED, DISK_FULL */
export async function openSourceCache(options: { readonly directory: string }): Promise<SourceCache> {
  try {
    await mkdir(join(options.directory, 'sha256'), { recursive: true });
  } catch (error) {
    throw translateFileError(error, 'make the source cache', options.directory);
  }
  return { directory: options.directory };
}

/** The path that a file has in the cache when it is there; only verified content is ever put at it. */
export function cachedPathOf(cache: SourceCache, digest: Digest): string {
  return join(cache.directory, 'sha256', hexOf(digest));
}

/** The path of a repository that holds one commit. */
export function repositoryPathOf(cache: SourceCache, git: { readonly url: string; readonly commit: string }): string {
  return join(cache.directory, 'git', hexOf(digestOf(git.url)), git.commit);
}

/** Finds a file by content and reads it whole to be sure: one that was damaged since it was put there is removed. */
export async function findSource(
  cache: SourceCache,
  digest: Digest,
): Promise<{ path: string; size: number } | undefined> {
  const path = cachedPathOf(cache, digest);
  if (!(await hasSource(cache, digest))) return undefined;
  const found = await digestOfFile(path);
  if (found.digest === digest) return { path, size: found.size };
  await rm(path, { force: true });
  return undefined;
}

/** Whether the cache has a file, for estimates: it is not read. */
export async function hasSource(cache: SourceCache, digest: Digest): Promise<boolean> {
  const found = await stat(cachedPathOf(cache, digest)).catch(() => undefined);
  return found?.isFile() ?? false;
}
