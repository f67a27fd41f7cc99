import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { extractArchive } from '../../build/sources/archive/extract-archive.ts';
import { readRepositoryConfig } from '../../cvmfs/revision/repository-config.ts';
import { repositoryLayoutOf } from '../../cvmfs/revision/repository-layout.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { type PublishDirectoryRequest, publishDirectory } from './publish-directory.ts';
import type { RevisionResult } from './revise-repository.ts';

/** Publishes what an archive holds, as a directory is published; it is unpacked beside the repository and removed again.
 * @throws ARCHIVE_INVALID, ARCHIVE_UNSAFE, and what `publishDirectory` throws */
export async function publishArchive(
  { archive, ...request }: Omit<PublishDirectoryRequest, 'directory'> & { readonly archive: string },
  context: AppContext,
): Promise<RevisionResult> {
  const layout = repositoryLayoutOf(request.folder);
  await readRepositoryConfig(layout); // before anything is unpacked there
  const directory = join(layout.state, `unpacked-${randomBytes(6).toString('hex')}.tmp`);
  const { entries, bytes } = request.limits;
  try {
    await mkdir(directory, { mode: 0o755 });
    const limits = { entries, bytes, pathBytes: 4096 };
    await extractArchive(archive, directory, { file: basename(archive), limits, strip: false, signal: context.signal });
    return await publishDirectory({ ...request, directory }, context);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
