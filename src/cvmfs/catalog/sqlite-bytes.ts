import { DatabaseSync } from 'node:sqlite';
import { deflateSync, inflateSync } from 'node:zlib';
import { FarmError } from '../../core/farm-error.ts';
import { type ContentHash, contentHashOf } from '../format/content-hash.ts';

const headerMagic = 'SQLite format 3\0';
const versionOffset = 96;
const pageSize = 1024;
const largestDatabase = 1 << 30;

/** Makes a database of which the bytes follow from what `fill` writes: in memory, in one transaction, in rollback mode. */
export function createDatabase(fill: (database: DatabaseSync) => void): Buffer {
  const database = new DatabaseSync(':memory:');
  try {
    database.exec(`PRAGMA page_size=${pageSize}; PRAGMA foreign_keys=OFF; BEGIN`);
    fill(database);
    database.exec('COMMIT');
    const bytes = Buffer.from(database.serialize());
    bytes.writeUInt32BE(0, versionOffset); // which SQLite wrote it last is nothing of the content
    return bytes;
  } finally {
    database.close();
  }
}

/** Reads from a database in memory.
 * @throws CVMFS_DAMAGED when the bytes are none */
export function readDatabase<Result>(bytes: Buffer, read: (database: DatabaseSync) => Result): Result {
  if (bytes.toString('latin1', 0, 16) !== headerMagic) throw damaged('it is no database');
  const database = new DatabaseSync(':memory:');
  try {
    database.deserialize(bytes);
    return read(database);
  } catch (cause) {
    if (cause instanceof FarmError) throw cause;
    if ((cause as { code?: string }).code !== 'ERR_SQLITE_ERROR') throw cause;
    throw damaged('its tables cannot be read', cause);
  } finally {
    database.close();
  }
}

/** A database as an object is stored. */
export interface StoredDatabase {
  readonly hash: ContentHash;
  /** Compressed. */
  readonly bytes: Buffer;
  /** Not compressed. */
  readonly size: number;
}

/** Compresses a database. */
export function packDatabase(raw: Buffer): StoredDatabase {
  const bytes = deflateSync(raw);
  return { hash: contentHashOf(bytes), bytes, size: raw.length };
}

/** Gives a stored database back.
 * @throws CVMFS_DAMAGED when the bytes do not have the hash that is expected, or cannot be decompressed */
export function unpackDatabase(bytes: Buffer, hash: ContentHash): Buffer {
  if (contentHashOf(bytes) !== hash) throw damaged(`it does not have the hash ${hash}`);
  try {
    return inflateSync(bytes, { maxOutputLength: largestDatabase });
  } catch (cause) {
    throw damaged('it cannot be decompressed', cause);
  }
}

function damaged(state: string, cause?: unknown): FarmError {
  return new FarmError('CVMFS_DAMAGED', `Cannot read a catalog or history: ${state}`, { cause });
}
