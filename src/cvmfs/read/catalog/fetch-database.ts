import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { translateFileError } from '../../../core/translate-file-error.ts';
import { objectKey } from '../format/object-hash.ts';
import { fetchObject, type ObjectReference, type ObjectSink } from '../objects/fetch-object.ts';
import type { ReadContext } from '../read-context.ts';
import type { RepositorySource } from '../source/repository-source.ts';
import { type ForeignDatabase, openForeignDatabase } from './open-database.ts';

/** Where a repository is read from, and where there is place for what must be a file meanwhile. */
export interface ReadingRoom extends ReadContext {
  readonly source: RepositorySource;
  /** A folder of this reader's own. */
  readonly scratch: string;
}

/** Fetches an object that is a database, verified, and opens it.
 * @throws CVMFS_DAMAGED, CVMFS_INVALID, CVMFS_UNAVAILABLE, DISK_FULL */
export async function fetchDatabase(room: ReadingRoom, reference: ObjectReference): Promise<ForeignDatabase> {
  const path = join(room.scratch, `${randomBytes(8).toString('hex')}.db`);
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await fetchObject(room.source, reference, sinkOf(file, path), room);
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(path, { force: true });
    throw translateFileError(error, 'write', path);
  }
  return await openForeignDatabase(path, objectKey(reference.hash, reference.kind));
}

/** Writes what is fetched into a file, from a position on; what was there behind it is cut off. */
export function sinkOf(file: Awaited<ReturnType<typeof open>>, path: string, from = 0): ObjectSink {
  let position = from;
  return {
    restart: async () => {
      position = from;
      await file.truncate(from);
    },
    write: async (chunk) => {
      try {
        await file.write(chunk, 0, chunk.length, position);
      } catch (error) {
        throw translateFileError(error, 'write', path);
      }
      position += chunk.length;
    },
  };
}
