import { createHash, hash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { FarmError } from '../../core/farm-error.ts';
import { type FileNode, partsOf } from '../../cvmfs/catalog/node.ts';
import { objectsOf } from '../../cvmfs/content/run-job.ts';
import { type ByteText, readableText } from '../../cvmfs/format/byte-text.ts';
import { holdRepository, type Repository } from '../../cvmfs/revision/open-repository.ts';

import type { RevisionWork } from '../../cvmfs/revision/revision-work.ts';
import { withRevisionWork } from '../../cvmfs/revision/with-revision-work.ts';
import type { RepositoryStore } from '../../cvmfs/store/repository-store.ts';
import { openFolder, walkTree } from '../../cvmfs/tree/walk-tree.ts';
import type { AppContext } from '../farm/open-farm.ts';
import type { RepositoryRequest } from './revise-repository.ts';

/** What was read again. */
export interface ReindexResult {
  readonly repository: string;
  readonly revision: number;
  readonly entries: number;
  readonly objects: number;
  readonly bytes: number;
  readonly adopted: boolean;
}

const largestPart = 1 << 28;
const eventsEvery = 500;

/** Reads everything that the newest revision refers to, compares each byte with its hash, and makes the index anew. Afterwards a repository that something else has written last can be published to,
 * if that is asked for.
 * @throws CVMFS_DAMAGED, CVMFS_UNSUPPORTED, CVMFS_FOREIGN, LOCKED, KEY_INVALID */
export async function reindexRepository(
  request: Omit<RepositoryRequest, 'time'> & { readonly adopt: boolean },
  context: AppContext,
): Promise<ReindexResult> {
  const { folder, wait, adopt, dryRun } = request;
  const own = request.keys === undefined ? {} : { keys: request.keys };
  const options = { ...own, command: 'binfarm cvmfs reindex', wait, adopt, signal: context.signal };
  return await holdRepository(folder, options, async (repository) =>
    withRevisionWork(repository, undefined, async (work) => {
      const { manifest, journal, config } = repository;
      if (!dryRun) work.index.clear();
      const remember = (digest: Uint8Array, content: Uint8Array) => {
        if (!dryRun) work.index.rememberContent(digest, content);
      };
      const counts = await readAll(repository, work, { remember, context });
      const adopted = journal.isForeign && !dryRun;
      if (adopted) await journal.seal(manifest.root);
      return { repository: config.name, revision: manifest.revision, ...counts, adopted };
    }),
  );
}

async function readAll(
  { manifest, store }: Repository,
  work: RevisionWork,
  {
    remember,
    context,
  }: { readonly remember: (digest: Uint8Array, content: Uint8Array) => void; readonly context: AppContext },
): Promise<{ entries: number; objects: number; bytes: number }> {
  const counts = { entries: 1, objects: 0, bytes: 0 };
  const seen = new Set<string>();
  for await (const { path, node } of walkTree(await openFolder(manifest.root, work), '' as ByteText, work)) {
    context.signal.throwIfAborted();
    counts.entries += 1;
    if (node.kind !== 'file' || !isNew(node, seen)) continue;
    const { digest, bytes } = await readContent(node, { path, store });
    remember(digest, node.content);
    counts.bytes += bytes;
    counts.objects += objectsOf(node.content).length;
    if (seen.size % eventsEvery === 0) context.emit({ type: 'cvmfs.reindexed', ...counts });
  }
  return counts;
}

function isNew({ content }: FileNode, seen: Set<string>): boolean {
  const key = Buffer.from(content).toString('latin1');
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}

/** Reads a file's objects and compares them with their hashes, and the whole with the file's size. */
async function readContent(
  { content, size }: FileNode,
  { path, store }: { readonly path: ByteText; readonly store: RepositoryStore },
): Promise<{ digest: Uint8Array; bytes: number }> {
  const digest = createHash('sha256');
  const hashes = partsOf(content)?.map((part) => part.hash) ?? [content];
  let length = 0;
  let bytes = 0;
  for (const [position, name] of objectsOf(content).entries()) {
    const stored = await store.read(name);
    if (Buffer.compare(hash('sha1', stored, 'buffer'), hashes[position]!) !== 0)
      throw damaged(path, name, 'does not have the hash of its name');
    const plain = inflate(stored, path, name);
    digest.update(plain);
    length += plain.length;
    bytes += stored.length;
  }
  if (length !== size) throw damaged(path, objectsOf(content)[0]!, `has ${length} bytes instead of ${size}`);
  return { digest: digest.digest(), bytes };
}

function inflate(stored: Buffer, path: ByteText, name: string): Buffer {
  try {
    return inflateSync(stored, { maxOutputLength: largestPart });
  } catch {
    throw damaged(path, name, 'cannot be decompressed');
  }
}

function damaged(path: ByteText, name: string, state: string): FarmError {
  return new FarmError('CVMFS_DAMAGED', `Cannot read "${readableText(path)}": its object "${name}" ${state}`, {
    hint: 'Remove the object’s file and publish again: it is then made anew',
  });
}
