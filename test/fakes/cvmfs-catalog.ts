import { createHash } from 'node:crypto';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { type FakeStore, insertRow } from './cvmfs-objects.ts';

type Columns = Readonly<Record<string, SQLInputValue>>;
type FakeFile = { readonly file: string | Buffer; readonly chunk?: number; readonly plain?: true };
type FakeFolder = { readonly in: FakeTree; readonly nested?: true };

/** An entry of a repository that a test makes. `row` overrides columns of its row. */
export type FakeEntry = { readonly row?: Columns } & (
  | FakeFile
  | FakeFolder
  | { readonly link: string }
  | { readonly pipe: true }
);

/** What is in a folder of a repository that a test makes, by name. */
export type FakeTree = Readonly<Record<string, FakeEntry>>;

/** A catalog that was stored. */
export interface FakeCatalog {
  readonly hash: string;
  readonly size: number;
}

interface Made extends FakeCatalog {
  /** Of this catalog and of all below. */
  readonly total: readonly number[];
}

interface Making {
  readonly store: FakeStore;
  readonly db: DatabaseSync;
  readonly root: string;
  readonly self: number[];
  readonly below: number[];
}

/** When everything in a test's repository was made. */
export const fakeTime = 1_700_000_000;

const counters =
  'regular symlink special dir nested chunked chunks file_size chunked_size xattr external external_file_size'.split(
    ' ',
  );
const schema = `CREATE TABLE properties (key TEXT PRIMARY KEY, value TEXT);
  CREATE TABLE catalog (md5path_1 INTEGER, md5path_2 INTEGER, parent_1 INTEGER, parent_2 INTEGER, hardlinks INTEGER, hash BLOB,
    size INTEGER, mode INTEGER, mtime INTEGER, mtimens INTEGER, flags INTEGER, name TEXT, symlink TEXT, uid INTEGER, gid INTEGER,
    xattr BLOB, PRIMARY KEY (md5path_1, md5path_2));
  CREATE INDEX idx_catalog_parent ON catalog (parent_1, parent_2);
  CREATE TABLE chunks (md5path_1 INTEGER, md5path_2 INTEGER, offset INTEGER, size INTEGER, hash BLOB,
    PRIMARY KEY (md5path_1, md5path_2, offset, size));
  CREATE TABLE nested_catalogs (path TEXT PRIMARY KEY, sha1 TEXT, size INTEGER);
  CREATE TABLE bind_mountpoints (path TEXT PRIMARY KEY, sha1 TEXT, size INTEGER);
  CREATE TABLE statistics (counter TEXT PRIMARY KEY, value INTEGER)`;

/** Stores the catalog of a folder and all below it, and the objects of its files, by the page on the format alone. */
export function makeFakeCatalog(store: FakeStore, root: string, tree: FakeTree, row?: Columns): Made {
  const { suffix, changes } = store;
  const [self, below] = [counters.map(() => 0), counters.map(() => 0)];
  const bytes = store.database(root, (db) => {
    db.exec(schema);
    const making: Making = { store, db, root, self, below };
    addFolder(making, root, { in: tree, ...(row === undefined ? {} : { row }) });
    const facts = {
      schema: '2.5',
      schema_revision: '7',
      revision: String(changes.revision ?? 7),
      last_modified: String(fakeTime),
      previous_revision: `${'0'.repeat(40)}${suffix}`,
      ...(root === '' ? { TTL: '240' } : { root_prefix: root }),
    };
    for (const [key, value] of Object.entries(facts)) insertRow(db, 'properties', { key, value });
    for (const [index, name] of counters.entries()) {
      insertRow(db, 'statistics', { counter: `self_${name}`, value: self[index]! });
      insertRow(db, 'statistics', { counter: `subtree_${name}`, value: below[index]! });
    }
    db.exec(changes.sql?.[root] ?? '');
  });
  return {
    hash: store.put(bytes, 'C'),
    size: bytes.length,
    total: self.map((count, index) => count + below[index]!),
  };
}

function keyOf(path: string): readonly [bigint, bigint] {
  const digest = createHash('md5').update(path).digest();
  return [digest.readBigInt64LE(0), digest.readBigInt64LE(8)];
}

function count({ self }: Making, name: string, more = 1): void {
  self[counters.indexOf(name)]! += more;
}

function addRow(making: Making, path: string, values: Columns, override: Columns | undefined): void {
  const [md5path_1, md5path_2] = keyOf(path);
  const [parent_1, parent_2] = path === '' ? [0n, 0n] : keyOf(path.slice(0, path.lastIndexOf('/')));
  const name = path.slice(path.lastIndexOf('/') + 1);
  const common = { hardlinks: 1, hash: null, size: 0, mtime: fakeTime, mtimens: null, symlink: '', uid: 0, gid: 0 };
  const keys = { md5path_1, md5path_2, parent_1, parent_2, name, xattr: null };
  if (override?.xattr) count(making, 'xattr');
  insertRow(making.db, 'catalog', { ...keys, ...common, ...values, ...override });
}

function addEntry(making: Making, path: string, entry: FakeEntry): void {
  if ('in' in entry) addFolder(making, path, entry);
  else if ('file' in entry) addFile(making, path, entry);
  else if ('link' in entry) {
    count(making, 'symlink');
    const values = { mode: 0o120777, size: Buffer.byteLength(entry.link), flags: 12, symlink: entry.link };
    addRow(making, path, values, entry.row);
  } else {
    count(making, 'special');
    addRow(making, path, { mode: 0o10644, flags: 20 }, entry.row);
  }
}

function addFolder(making: Making, path: string, entry: FakeFolder & Pick<FakeEntry, 'row'>): void {
  const { store, db, root, below } = making;
  const folders = Object.values(entry.in).filter((child) => 'in' in child).length;
  const isMountPoint = path !== root && entry.nested === true;
  const isNestedRoot = path === root && root !== '';
  const flags = 1 + (isMountPoint ? 2 : 0) + (isNestedRoot ? 32 : 0);
  addRow(making, path, { mode: 0o40755, size: 4096, hardlinks: 2 + folders, flags }, entry.row);
  count(making, 'dir');
  if (!isMountPoint) {
    for (const [name, child] of Object.entries(entry.in)) addEntry(making, `${path}/${name}`, child);
    return;
  }
  const made = makeFakeCatalog(store, path, { '.cvmfscatalog': { file: '' }, ...entry.in }, entry.row);
  insertRow(db, 'nested_catalogs', { path, sha1: `${made.hash}${store.suffix}`, size: made.size });
  count(making, 'nested');
  for (const [index, more] of made.total.entries()) below[index]! += more;
}

function addFile(making: Making, path: string, { file, chunk, plain, row }: FakeFile & Pick<FakeEntry, 'row'>): void {
  const { store, db } = making;
  const content = Buffer.from(file as string);
  const put = (bytes: Buffer, kind: string) => Buffer.from(store.put(bytes, kind, plain !== true), 'hex');
  const values = { mode: 0o100644, size: content.length };
  const flags = store.bits + (plain === true ? 2048 : 0);
  count(making, 'regular');
  count(making, 'file_size', content.length);
  if (chunk === undefined) {
    addRow(making, path, { ...values, flags: 4 + flags, hash: put(content, '') }, row);
    return;
  }
  addRow(making, path, { ...values, flags: 68 + flags }, row);
  count(making, 'chunked');
  count(making, 'chunked_size', content.length);
  const [md5path_1, md5path_2] = keyOf(path);
  for (let offset = 0; offset < content.length; offset += chunk) {
    const part = content.subarray(offset, offset + chunk);
    insertRow(db, 'chunks', { md5path_1, md5path_2, offset, size: part.length, hash: put(part, 'P') });
    count(making, 'chunks');
  }
}
