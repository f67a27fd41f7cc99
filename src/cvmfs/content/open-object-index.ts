import { rmSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { FarmError } from '../../core/farm-error.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import type { PackedContent } from '../catalog/node.ts';

/** What binfarm remembers of a repository so that it need not read and compress again: only a memory, which `binfarm cvmfs reindex` makes anew. */
export interface ObjectIndex {
  /** The objects of a content, by its SHA-256. */
  readonly contentOf: (digest: Uint8Array) => PackedContent | undefined;
  readonly rememberContent: (digest: Uint8Array, content: PackedContent) => void;
  /** The SHA-256 of a file as it is when a package is relocated, by what it was and what is done to it. */
  readonly editedOf: (key: Uint8Array) => EditedFile | undefined;
  readonly rememberEdited: (key: Uint8Array, edited: EditedFile) => void;
  /** What was seen in a folder of this machine. */
  readonly folderRecord: (path: string) => Uint8Array | undefined;
  readonly rememberFolder: (path: string, record: Uint8Array) => void;
  /** A catalog that was made of something, by a digest of that. */
  readonly catalogOf: (print: string) => string | undefined;
  readonly rememberCatalog: (print: string, catalog: string) => void;
  /** Forgets everything. */
  readonly clear: () => void;
  /** Has what was remembered survive the end of the process. */
  readonly settle: () => void;
  readonly close: () => void;
}

/** A file of a package as it is when it was relocated. */
export interface EditedFile {
  /** SHA-256. */
  readonly digest: Uint8Array;
  readonly size: number;
}

const tables = `
CREATE TABLE IF NOT EXISTS contents (digest BLOB PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS edits (key BLOB PRIMARY KEY, digest BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS folders (path TEXT PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS catalogs (print TEXT PRIMARY KEY, catalog TEXT NOT NULL) WITHOUT ROWID;
`;
const version = 1;
const writesPerTransaction = 20_000;

/** Opens the index of a repository, or begins it anew where it cannot be read. */
export function openObjectIndex(path: string): ObjectIndex {
  try {
    return wrap(openDatabase(path), path);
  } catch (error) {
    if (!isDamage(error)) throw translate(error, path);
    for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
    return wrap(openDatabase(path), path);
  }
}

function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 10_000 });
  database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL');
  const { user_version: found } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (found !== version)
    for (const name of ['contents', 'edits', 'folders', 'catalogs']) database.exec(`DROP TABLE IF EXISTS ${name}`);
  database.exec(`${tables} PRAGMA user_version=${version}`);
  return database;
}

/** What another thread looks up. */
export interface ContentLookup extends Pick<ObjectIndex, 'contentOf' | 'editedOf'> {
  readonly close: () => void;
}

/** Opens an index for another thread. */
export function openContentLookup(path: string): ContentLookup {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
  const find = database.prepare('SELECT content FROM contents WHERE digest = ?');
  const findEdit = database.prepare('SELECT digest FROM edits WHERE key = ?');
  return {
    contentOf: (digest) => blobIn(find.get(digest), 'content'),
    editedOf: (key) => unpackEdited(blobIn(findEdit.get(key), 'digest')),
    close: () => database.close(),
  };
}

const digestLength = 32;

function packEdited({ digest, size }: EditedFile): Buffer {
  const packed = Buffer.alloc(digestLength + 8);
  packed.set(digest);
  packed.writeBigUInt64BE(BigInt(size), digestLength);
  return packed;
}

function unpackEdited(packed: Uint8Array | undefined): EditedFile | undefined {
  if (packed === undefined) return undefined;
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  return { digest: bytes.subarray(0, digestLength), size: Number(bytes.readBigUInt64BE(digestLength)) };
}

function wrap(database: DatabaseSync, path: string): ObjectIndex {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  const find = {
    content: prepare('SELECT content FROM contents WHERE digest = ?'),
    edit: prepare('SELECT digest FROM edits WHERE key = ?'),
    folder: prepare('SELECT record FROM folders WHERE path = ?'),
    catalog: prepare('SELECT catalog FROM catalogs WHERE print = ?'),
  };
  const put = {
    content: prepare('INSERT OR REPLACE INTO contents VALUES (?, ?)'),
    edit: prepare('INSERT OR REPLACE INTO edits VALUES (?, ?)'),
    folder: prepare('INSERT OR REPLACE INTO folders VALUES (?, ?)'),
    catalog: prepare('INSERT OR REPLACE INTO catalogs VALUES (?, ?)'),
  };
  let pending = 0;
  const settle = () => {
    if (pending > 0) database.exec('COMMIT');
    pending = 0;
  };
  const attempt = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      throw translate(error, path);
    }
  };
  const write = (statement: StatementSync, key: string | Uint8Array, value: string | Uint8Array) =>
    attempt(() => {
      if (pending === 0) database.exec('BEGIN');
      pending += 1;
      statement.run(key, value);
      if (pending >= writesPerTransaction) settle();
    });
  return {
    contentOf: (digest) => blobIn(find.content.get(digest), 'content'),
    rememberContent: (digest, content) => write(put.content, digest, content),
    editedOf: (key) => unpackEdited(blobIn(find.edit.get(key), 'digest')),
    rememberEdited: (key, edited) => write(put.edit, key, packEdited(edited)),
    folderRecord: (folder) => blobIn(find.folder.get(folder), 'record'),
    rememberFolder: (folder, record) => write(put.folder, folder, record),
    catalogOf: (print) => (find.catalog.get(print) as { catalog: string } | undefined)?.catalog,
    rememberCatalog: (print, catalog) => write(put.catalog, print, catalog),
    clear: () =>
      attempt(() => {
        settle();
        for (const name of ['contents', 'edits', 'folders', 'catalogs']) database.exec(`DELETE FROM ${name}`);
      }),
    settle: () => attempt(settle),
    close: () => {
      try {
        settle();
      } finally {
        database.close();
      }
    },
  };
}

function blobIn(row: unknown, column: string): Uint8Array | undefined {
  return (row as Record<string, Uint8Array> | undefined)?.[column];
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
function isDamage(error: unknown): boolean {
  return [11, 26].includes((error as { errcode?: number }).errcode ?? 0);
}

/** SQLITE_FULL is the disk's; what else goes wrong with the files has the system's own words. */
function translate(error: unknown, path: string): unknown {
  const code = ((error as { errcode?: number }).errcode ?? 0) & 0xff;
  if (code === 13)
    return translateFileError(Object.assign(new Error('full', { cause: error }), { code: 'ENOSPC' }), 'write', path);
  if (code === 8 || code === 14 || code === 10) {
    return new FarmError('PERMISSION_DENIED', `Cannot open the index "${path}": ${(error as Error).message}`, {
      cause: error,
    });
  }
  return error;
}
