import { chmod, copyFile, mkdtemp, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { isFarmError } from '../../core/farm-error.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { checkFileName } from './addresses/check-file-name.ts';
import { type ArchiveLimits, defaultArchiveLimits } from './archive/archive-limits.ts';
import { type ExtractContext, extractArchive, extractTarStream } from './archive/extract-archive.ts';
import type { FetchedSource } from './fetch-sources.ts';
import { readGit } from './git/git-program.ts';
import { formatBytePath } from './tree/byte-path.ts';
import { checkTreeDigest } from './tree/check-directory-source.ts';
import { copiedFileTime, copyDirectory } from './tree/copy-directory.ts';
import { makeSourceFolder, moveTree } from './tree/move-tree.ts';

/** Where a source goes, and how much of it. */
export interface ExtractSourceOptions {
  /** The folder of all sources of a build. */
  readonly root: string;
  /** Relative to it, as in the plan; empty for the folder itself. */
  readonly into: string;
  readonly limits?: Partial<ArchiveLimits>;
  readonly signal?: AbortSignal;
}

interface Extracted {
  readonly folder: string;
  readonly entries: number;
  readonly bytes: number;
}

/** Puts a fetched source where a build wants it: archives without their single top folder, folders and commits as they are, files by
 * their name. Everything arrives at once at the end, or nothing does; sources that share a folder must not have the same files.
 * @throws ARCHIVE_INVALID, ARCHIVE_UNSAFE, PATH_UNSAFE, RECIPE_INVALID, SOURCE_MISMATCH (a folder that changed), DISK_FULL, PERMISSION_DENIED,
 * TOOL_MISSING; the signal's reason */
export async function extractSource(
  source: FetchedSource,
  options: ExtractSourceOptions,
): Promise<{ readonly entries: number; readonly bytes: number }> {
  try {
    const target = await makeSourceFolder(options.root, options.into);
    const staging = await mkdtemp(join(options.root, '.binfarm-'));
    try {
      const { folder, entries, bytes } = await extractInto(staging, source, options);
      await moveTree(folder, target, source.file);
      return { entries, bytes };
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    throw isFarmError(error) ? error : translateFileError(error, 'unpack', source.file);
  }
}

async function extractInto(staging: string, source: FetchedSource, options: ExtractSourceOptions): Promise<Extracted> {
  const context: ExtractContext = {
    file: source.file,
    limits: { ...defaultArchiveLimits, ...options.limits },
    strip: source.kind === 'archive',
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  switch (source.kind) {
    case 'archive': {
      const { top, ...counts } = await extractArchive(source.path, staging, context);
      return { folder: top === undefined ? staging : join(staging, formatBytePath(top)), ...counts };
    }
    case 'git': {
      const tar = readGit(source.path, ['archive', '--format=tar', source.commit!], {
        what: source.file,
        ...signalOf(options),
      });
      return { folder: staging, ...(await extractTarStream(tar, staging, context)) };
    }
    case 'directory': {
      const counts = await copyDirectory(source.path, staging, options.signal);
      await checkTreeDigest(staging, source);
      return { folder: staging, ...counts };
    }
    case 'file':
      checkFileName(source.file);
      await copySingleFile(source.path, join(staging, source.file));
      return { folder: staging, entries: 1, bytes: source.bytes };
  }
}

async function copySingleFile(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  await chmod(to, 0o644);
  await utimes(to, copiedFileTime, copiedFileTime);
}

function signalOf({ signal }: ExtractSourceOptions): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
