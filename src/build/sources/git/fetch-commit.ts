import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { digestOf } from '../../../core/digest.ts';
import type { Digest } from '../../../core/digest-text.ts';
import { FarmError, isFarmError } from '../../../core/farm-error.ts';
import { redactSecrets } from '../../../core/redact-secrets.ts';
import { translateFileError } from '../../../core/translate-file-error.ts';
import type { SourceLocation } from '../../../model/source-location.ts';
import type { FileFetch } from '../fetch-file.ts';
import { repositoryPathOf } from '../source-cache.ts';
import { runGit } from './git-program.ts';
import { limitRepository } from './limit-repository.ts';

/** The digest by which a plan names a commit: of its text, as git itself proves that the content belongs to it. */
export function digestOfCommit(commit: string): Digest {
  return digestOf(`git:${commit}`);
}

/** Makes sure that the cache has a repository with one commit, and gives its path. Submodules are not fetched.
 * @throws RECIPE_INVALID when the commit is not a whole one, SOURCE_MISMATCH, DOWNLOAD_FAILED, TOOL_MISSING */
export async function fetchCommit(
  location: SourceLocation,
  fetch: FileFetch,
): Promise<{ path: string; commit: string }> {
  const git = checkGitLocation(location);
  const { file, digest } = location;
  const { cache, emit } = fetch;
  const path = repositoryPathOf(cache, git);
  if ((await stat(path).catch(() => undefined)) !== undefined) {
    emit({ type: 'source.finished', file, digest, bytes: 0, seconds: 0, cached: true });
    return { path, commit: git.commit };
  }
  const url = redactSecrets(git.url);
  if (fetch.offline && !isLocal(git.url)) {
    throw new FarmError('DOWNLOAD_FAILED', `Cannot fetch source "${file}" from "${url}": binfarm is offline`);
  }
  const started = performance.now();
  emit({ type: 'source.started', file, digest, url, resumedAt: 0 });
  try {
    await fetchIntoNew(path, git, { file, fetch });
  } catch (error) {
    if (isFarmError(error)) emit({ type: 'source.failed', file, digest, url, reason: error.message });
    throw error;
  }
  emit({
    type: 'source.finished',
    file,
    digest,
    bytes: 0,
    seconds: (performance.now() - started) / 1000,
    cached: false,
    url,
  });
  return { path, commit: git.commit };
}

/** A repository gets its name when it has the commit, so whatever ends a fetch leaves nothing that has to be repaired. */
async function fetchIntoNew(
  path: string,
  git: { readonly url: string; readonly commit: string },
  context: { readonly file: string; readonly fetch: FileFetch },
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const { signal, limits } = context.fetch;
  const limit = { maxBytes: limits.maxBytes, what: context.file, signal };
  try {
    await mkdir(dirname(path), { recursive: true });
    await limitRepository(temporary, limit, async (stop) => {
      const call = { what: context.file, signal: stop };
      await runGit(temporary, ['init', '--quiet', '--bare', '--template=', temporary], call);
      await fetchOnly(temporary, git, call);
      await runGit(temporary, ['cat-file', '-e', `${git.commit}^{commit}`], call);
    });
    await rename(temporary, path).catch(async (error: unknown) => {
      if ((await stat(path).catch(() => undefined)) === undefined) throw error; // else another process was faster
    });
  } catch (error) {
    throw translateFileError(error, 'write', path);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** One commit, where the server gives single commits; else all branches and tags. */
async function fetchOnly(
  repository: string,
  git: { readonly url: string; readonly commit: string },
  call: Parameters<typeof runGit>[2],
): Promise<void> {
  const common = ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head'];
  try {
    await runGit(repository, [...common, '--depth=1', '--', git.url, git.commit], call);
  } catch (error) {
    if (!isFarmError(error, 'DOWNLOAD_FAILED')) throw error;
    await runGit(
      repository,
      [...common, '--', git.url, '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'],
      call,
    );
  }
}

function checkGitLocation(location: SourceLocation): { url: string; commit: string } {
  const { git, file, digest } = location;
  if (git === undefined || !/^[0-9a-f]{40}$/.test(git.commit)) {
    throw new FarmError(
      'RECIPE_INVALID',
      `Cannot fetch source "${file}": "${git?.commit ?? ''}" is not a whole git commit`,
      {
        hint: 'Write all 40 hexadecimal digits: a branch or a tag can move',
      },
    );
  }
  const got = digestOfCommit(git.commit);
  if (got === digest) return git;
  throw new FarmError(
    'SOURCE_MISMATCH',
    `Cannot use source "${file}": the digest of its commit is ${got}, not ${digest}`,
  );
}

function isLocal(url: string): boolean {
  return url.startsWith('file:') || url.startsWith('/');
}
