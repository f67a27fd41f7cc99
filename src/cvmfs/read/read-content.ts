import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FarmError } from '../../core/farm-error.ts';
import { has } from './catalog/catalog-entry.ts';
import { type ReadingRoom, sinkOf } from './catalog/fetch-database.ts';
import { invalid } from './format/invalid.ts';
import { showPath } from './format/path-bytes.ts';
import { wholeObject } from './limits.ts';
import { fetchObject, type ObjectReference } from './objects/fetch-object.ts';
import { readObject } from './objects/read-object.ts';
import type { TreeEntry } from './walk-tree.ts';

/** The objects that a file consists of, in order.
 * @throws CVMFS_INVALID for a file without a hash; CVMFS_UNSUPPORTED for one that lies outside of the repository */
export function* objectsOf({ entry, chunks }: TreeEntry): Generator<ObjectReference> {
  const { isCompressed, hash, size } = entry;
  if (has(entry, 'external')) {
    throw new FarmError(
      'CVMFS_UNSUPPORTED',
      `Cannot read "${showPath(entry.path)}": it lies outside of the repository`,
    );
  }
  if (chunks !== undefined) {
    for (const chunk of chunks)
      yield { hash: chunk.hash, kind: 'chunk', isCompressed, size: chunk.size, limit: chunk.size };
    return;
  }
  if (hash === undefined) throw invalid(showPath(entry.path), 'it is a file without a hash');
  yield { hash, kind: 'file', isCompressed, size, limit: size };
}

/** The bytes of a file; none is given before the object that it is in was verified.
 * @throws CVMFS_DAMAGED, CVMFS_INVALID, CVMFS_UNSUPPORTED, CVMFS_UNAVAILABLE, DISK_FULL */
export async function* readContent(room: ReadingRoom, file: TreeEntry): AsyncGenerator<Buffer> {
  for (const reference of objectsOf(file)) {
    if (reference.size! <= wholeObject) yield await readObject(room.source, reference, room);
    else yield* readLarge(room, reference);
  }
}

/** A large object is kept in a file until it is verified. */
async function* readLarge(room: ReadingRoom, reference: ObjectReference): AsyncGenerator<Buffer> {
  const path = join(room.scratch, randomBytes(8).toString('hex'));
  const file = await open(path, 'wx', 0o600);
  try {
    try {
      await fetchObject(room.source, reference, sinkOf(file, path), room);
    } finally {
      await file.close();
    }
    yield* createReadStream(path, { highWaterMark: 256 << 10 }) as AsyncIterable<Buffer>;
  } finally {
    await rm(path, { force: true });
  }
}
