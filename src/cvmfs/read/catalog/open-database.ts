import { open, rm } from 'node:fs/promises';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { invalid } from '../format/invalid.ts';

/** A row as a list of its columns' values; whole numbers are bigints. */
export type Row = readonly (bigint | number | string | Uint8Array | null)[];

/** A database that came from a repository: it can only be read, its schema was checked before anything was asked of it. */
export interface ForeignDatabase {
  /** The object that it came from, for messages. */
  readonly file: string;
  /** In bytes. */
  readonly size: number;
  /** The columns of each table. */
  readonly tables: ReadonlyMap<string, ReadonlySet<string>>;
  /** The columns that lead an index or a primary key of a table, in order, such as `md5path_1,md5path_2`. */
  readonly isIndexed: (table: string, columns: readonly string[], unique?: boolean) => boolean;
  /** A query whose rows are lists. */
  readonly prepare: (sql: string) => StatementSync;
  readonly execute: (sql: string) => void;
  /** What SQLite finds wrong with the file. */
  readonly damage: () => readonly string[];
  readonly close: () => void;
}

/** A text or a blob of a catalog is never longer. */
const longestValue = 1 << 20;
const magic = Buffer.from('SQLite format 3\0');

/** Opens a database file that strangers have written, for reading alone; the file is removed, and gone when the database is closed.
 * A database with views, triggers, virtual tables, computed columns or indexes over expressions is refused: a query must mean what it says.
 * @throws CVMFS_INVALID */
export async function openForeignDatabase(path: string, file: string): Promise<ForeignDatabase> {
  let database: DatabaseSync | undefined;
  try {
    const size = await checkHeader(path, file);
    const address = new URL(`${pathToFileURL(path).href}?immutable=1`);
    database = new DatabaseSync(address, {
      readOnly: true,
      defensive: true,
      enableDoubleQuotedStringLiterals: false,
      limits: { length: longestValue, attach: 0 },
    });
    database.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA cache_size = -16000');
    const tables = readSchema(database, file);
    await rm(path, { force: true });
    return wrap(database, { file, size, tables });
  } catch (error) {
    database?.close();
    await rm(path, { force: true });
    throw asFault(error, file);
  }
}

/** Runs queries; what SQLite finds wrong becomes a fault of the file.
 * @throws CVMFS_INVALID */
export function asFault(error: unknown, file: string): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_SQLITE_ERROR') return error;
  return invalid(file, `its database is damaged: ${(error as Error).message}`, 'CVMFS_INVALID', error);
}

async function checkHeader(path: string, file: string): Promise<number> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(100), 0, 100, 0);
    if (bytesRead < 100 || !buffer.subarray(0, magic.length).equals(magic))
      throw invalid(file, 'it is no SQLite database');
    if (buffer[18] !== 1 || buffer[19] !== 1)
      throw invalid(file, 'its database has a write-ahead log, which clients cannot open');
    const page = buffer.readUInt16BE(16) === 1 ? 65_536 : buffer.readUInt16BE(16);
    if (page < 512 || size % page !== 0 || buffer.readUInt32BE(28) * page !== size) {
      throw invalid(file, 'its database has another length than it says');
    }
    if (buffer.readUInt32BE(56) !== 1) throw invalid(file, 'its database is not in UTF-8');
    return size;
  } finally {
    await handle.close();
  }
}

function readSchema(database: DatabaseSync, file: string): ReadonlyMap<string, ReadonlySet<string>> {
  const parts = database.prepare('SELECT type, name FROM sqlite_schema LIMIT 101').all();
  if (parts.length > 100) throw invalid(file, 'its database has too many tables');
  const strange = parts.find(({ type }) => type !== 'table' && type !== 'index');
  if (strange !== undefined) throw invalid(file, `its database has a ${String(strange.type)}`);
  const tables = new Map<string, ReadonlySet<string>>();
  for (const { name, type, wr } of database.prepare('PRAGMA table_list').all()) {
    if (String(name).startsWith('sqlite_')) continue;
    if (type !== 'table') throw invalid(file, `its table "${String(name)}" is a ${String(type)}`);
    if (name === 'catalog' && wr !== 0) throw invalid(file, 'its table "catalog" has no rowids');
    const columns = database.prepare('SELECT name, hidden FROM pragma_table_xinfo(?)').all(String(name));
    if (columns.some(({ hidden }) => hidden !== 0))
      throw invalid(file, `its table "${String(name)}" has computed columns`);
    tables.set(String(name), new Set(columns.map((column) => String(column.name))));
  }
  const bent = database
    .prepare(
      `SELECT i.name FROM sqlite_schema AS s JOIN pragma_index_list(s.name) AS i JOIN pragma_index_xinfo(i.name) AS c
       WHERE s.type = 'table' AND (i.partial OR c.cid = -2)`,
    )
    .get();
  if (bent !== undefined) throw invalid(file, `its index "${String(bent.name)}" is not over plain columns`);
  return tables;
}

function wrap(database: DatabaseSync, facts: Pick<ForeignDatabase, 'file' | 'size' | 'tables'>): ForeignDatabase {
  return {
    ...facts,
    isIndexed: (table, columns, unique = false) => {
      const found = database
        .prepare(
          `SELECT group_concat(name) AS columns, lone FROM (
             SELECT i.name AS one, i."unique" AS lone, c.name AS name FROM pragma_index_list(?) AS i JOIN pragma_index_info(i.name) AS c ORDER BY i.seq, c.seqno
           ) GROUP BY one`,
        )
        .all(table);
      const wanted = columns.join(',');
      return found.some(({ columns: has, lone }) => {
        return unique ? has === wanted && lone === 1 : has === wanted || String(has).startsWith(`${wanted},`);
      });
    },
    prepare: (sql) => {
      const statement = database.prepare(sql);
      statement.setReadBigInts(true);
      statement.setReturnArrays(true);
      return statement;
    },
    execute: (sql) => database.exec(sql),
    damage: () => {
      try {
        const found = database.prepare('PRAGMA integrity_check(5)').all();
        return found.map((row) => String(Object.values(row)[0])).filter((line) => line !== 'ok');
      } catch (error) {
        return [(error as Error).message];
      }
    },
    close: () => database.close(),
  };
}
