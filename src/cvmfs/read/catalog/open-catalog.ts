import type { StatementSync } from 'node:sqlite';
import { invalid } from '../format/invalid.ts';
import { type ObjectHash, parseObjectHash } from '../format/object-hash.ts';
import { bytesOfPath, keyOfPath, type PathBytes, pathOfBytes, pathProblem, showPath } from '../format/path-bytes.ts';
import { mostBytes } from '../limits.ts';
import { type Entry, has } from './catalog-entry.ts';
import { fetchDatabase, type ReadingRoom } from './fetch-database.ts';
import { asFault, type ForeignDatabase, type Row } from './open-database.ts';
import { asNumber, entryColumns, hexOfBytes, neededColumns, parseRow } from './parse-row.ts';

/** A catalog as its parent, a manifest or a tag refers to it. */
export interface CatalogReference {
  /** The folder that it is mounted at; empty for the root. */
  readonly path: PathBytes;
  readonly hash: ObjectHash;
  /** Of the database, in bytes; 0 when it is not told. */
  readonly size: number;
}

/** A part of a file that is an object of its own; offset and size are unpacked. */
export interface Chunk {
  readonly offset: number;
  readonly size: number;
  readonly hash: ObjectHash;
}

/** An open catalog. What it gives was checked for what is needed to read it safely; a row that cannot be is a CVMFS_INVALID. */
export interface Catalog {
  readonly reference: CatalogReference;
  readonly database: ForeignDatabase;
  readonly properties: ReadonlyMap<string, string>;
  readonly entry: (path: PathBytes) => Entry | undefined;
  /** The entries of a folder; one that cannot be read is given as what is wrong with it. */
  readonly rows: (folder: PathBytes) => Iterable<Entry | { readonly path: string; readonly problem: string }>;
  /** The chunks of a file, by their offset. */
  readonly chunks: (entry: Entry) => Iterable<Chunk>;
  /** The catalogs directly below this one, in the order of their paths. */
  readonly nested: () => Iterable<CatalogReference>;
  readonly nestedAt: (path: PathBytes) => CatalogReference | undefined;
  readonly close: () => void;
}

/** Fetches a catalog, verified, and opens it.
 * @throws CVMFS_DAMAGED, CVMFS_INVALID, CVMFS_UNSUPPORTED, CVMFS_UNAVAILABLE */
export async function openCatalog(room: ReadingRoom, reference: CatalogReference): Promise<Catalog> {
  const size = reference.size > 0 ? { size: reference.size } : {};
  const database = await fetchDatabase(room, {
    hash: reference.hash,
    kind: 'catalog',
    isCompressed: true,
    limit: mostBytes.catalog,
    ...size,
  });
  try {
    requireTables(database);
    const properties = readProperties(database);
    checkIdentity(database.file, reference, properties);
    return catalogOf(database, reference, properties);
  } catch (error) {
    database.close();
    throw asFault(error, database.file);
  }
}

function requireTables({ file, tables }: ForeignDatabase): void {
  const needed = {
    properties: ['key', 'value'],
    catalog: neededColumns,
    chunks: ['md5path_1', 'md5path_2', 'offset', 'size', 'hash'],
    nested_catalogs: ['path', 'sha1', 'size'],
  };
  for (const [table, columns] of Object.entries(needed)) {
    const missing = columns.find((column) => tables.get(table)?.has(column) !== true);
    if (missing !== undefined) throw invalid(file, `it has no column "${missing}" in a table "${table}"`);
  }
}

/** Reads the table `properties` of a database; values are given byte for byte, like paths.
 * @throws CVMFS_INVALID */
export function readProperties(database: ForeignDatabase): ReadonlyMap<string, string> {
  const rows = database.prepare('SELECT key, CAST(value AS BLOB) FROM properties LIMIT 1001').all() as unknown as Row[];
  if (rows.length > 1000) throw invalid(database.file, 'it has too many properties');
  return new Map(rows.map(([key, value]) => [String(key), value instanceof Uint8Array ? pathOfBytes(value) : '']));
}

function checkIdentity(file: string, { path }: CatalogReference, properties: ReadonlyMap<string, string>): void {
  const schema = properties.get('schema');
  if (schema !== '2.5') {
    throw invalid(
      file,
      `its schema is ${JSON.stringify(schema ?? 'none')}, and binfarm reads 2.5`,
      'CVMFS_UNSUPPORTED',
    );
  }
  const prefix = properties.get('root_prefix') ?? '';
  if (prefix !== path) throw invalid(file, `it is the catalog of "${showPath(prefix)}", not of "${showPath(path)}"`);
}

function catalogOf(
  database: ForeignDatabase,
  reference: CatalogReference,
  properties: ReadonlyMap<string, string>,
): Catalog {
  const { file } = database;
  const columns = entryColumns(database.tables.get('catalog')!);
  const byParent = parentTable(database);
  const oneEntry = database.prepare(`SELECT ${columns} FROM catalog WHERE md5path_1 = ? AND md5path_2 = ?`);
  const inFolder = database.prepare(byParent.replace('COLUMNS', columns));
  const chunksOf = database.prepare(
    'SELECT offset, size, hash FROM chunks WHERE md5path_1 = ? AND md5path_2 = ? ORDER BY offset, size',
  );
  const nestedColumns = 'CAST(path AS BLOB), sha1, size FROM nested_catalogs';
  const oneNested = database.prepare(`SELECT ${nestedColumns} WHERE path = CAST(? AS TEXT)`);
  const allNested = database.prepare(`SELECT ${nestedColumns} ORDER BY path`);
  return {
    reference,
    database,
    properties,
    entry: (path) => {
      const { first, second } = keyOfPath(path);
      const row = guard(file, () => oneEntry.get(first, second)) as unknown as Row | undefined;
      if (row === undefined) return undefined;
      const entry = parseRow(row, { path });
      if (typeof entry === 'string') throw invalid(showPath(path), entry);
      return entry;
    },
    rows: function* (folder) {
      const { first, second } = keyOfPath(folder);
      for (const row of iterate(file, inFolder, first, second)) {
        if (folder === '' && row[1] === first && row[2] === second) continue; // the root, were it in itself
        const entry = parseRow(row, { parent: folder });
        yield typeof entry === 'string'
          ? { path: `${folder === '' ? '' : showPath(folder)}/${rawName(row)}`, problem: entry }
          : entry;
      }
    },
    chunks: function* (entry) {
      const { first, second } = keyOfPath(entry.path);
      for (const row of iterate(file, chunksOf, first, second)) yield parseChunk(row, entry);
    },
    nested: function* () {
      for (const row of iterate(file, allNested)) yield parseNested(file, row, reference.path);
    },
    nestedAt: (path) => {
      const row = guard(file, () => oneNested.get(bytesOfPath(path))) as unknown as Row | undefined;
      return row === undefined ? undefined : parseNested(file, row, reference.path);
    },
    close: () => database.close(),
  };
}

/** The query for the entries of a folder. A catalog without an index by parents gets one in a temporary database, lest every folder costs a look at every row. */
function parentTable(database: ForeignDatabase): string {
  const direct = 'SELECT COLUMNS FROM catalog WHERE parent_1 = ? AND parent_2 = ?';
  if (database.isIndexed('catalog', ['parent_1', 'parent_2'])) return direct;
  database.execute(
    `CREATE TEMP TABLE kin AS SELECT rowid AS child, parent_1, parent_2 FROM main.catalog;
     CREATE INDEX temp.kin_parent ON kin (parent_1, parent_2, child)`,
  );
  return 'SELECT COLUMNS FROM catalog WHERE rowid IN (SELECT child FROM kin WHERE kin.parent_1 = ? AND kin.parent_2 = ?)';
}

function parseChunk([offset, size, hash]: Row, entry: Entry): Chunk {
  const [start, length] = [asNumber(offset), asNumber(size)];
  if (start === undefined || length === undefined || start < 0 || length <= 0) {
    throw invalid(showPath(entry.path), 'a chunk of it has no proper offset and size');
  }
  if (!(hash instanceof Uint8Array) || hash.length !== 20) {
    throw invalid(showPath(entry.path), 'the hash of a chunk of it has not 20 bytes');
  }
  return { offset: start, size: length, hash: { algorithm: entry.algorithm, hex: hexOfBytes(hash) } };
}

function parseNested(file: string, [pathBytes, sha1, size]: Row, above: PathBytes): CatalogReference {
  const path = pathBytes instanceof Uint8Array ? pathOfBytes(pathBytes) : '';
  const hash = typeof sha1 === 'string' ? parseObjectHash(sha1) : undefined;
  const length = size === null ? 0 : asNumber(size);
  const problem = pathProblem(path) ?? (path.startsWith(`${above}/`) ? undefined : 'it is not below this catalog');
  if (problem !== undefined) throw invalid(file, `it names a catalog at "${showPath(path)}": ${problem}`);
  if (hash === undefined || length === undefined || length < 0) {
    throw invalid(file, `it names a catalog at "${showPath(path)}" without a proper hash and size`);
  }
  return { path, hash, size: length };
}

/** Goes through the rows of a query; the statement must not be in use. */
function* iterate(file: string, statement: StatementSync, ...parameters: readonly bigint[]): Generator<Row> {
  const rows = guard(file, () => statement.iterate(...parameters));
  for (;;) {
    const next = guard(file, () => rows.next());
    if (next.done === true) return;
    yield next.value as unknown as Row;
  }
}

function guard<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw asFault(error, file);
  }
}

function rawName(row: Row): string {
  return row[3] instanceof Uint8Array ? showPath(pathOfBytes(row[3])) : '?';
}

/** Checks that a mount point and the root of the catalog mounted there are the same folder; gives what differs. */
export function transitionProblems(mountPoint: Entry, root: Entry): readonly string[] {
  const compared = ['name', 'links', 'linkGroup', 'size', 'mode', 'mtime', 'mtimeNanoseconds', 'target'] as const;
  const different: string[] = compared.filter((field) => mountPoint[field] !== root[field]);
  if (mountPoint.hash?.hex !== root.hash?.hex) different.push('hash');
  if ((mountPoint.xattrs === undefined) !== (root.xattrs === undefined)) different.push('extended attributes');
  const marks = [
    ...(has(mountPoint, 'nestedMountPoint') ? [] : ['the parent does not mark it as the mount point of a catalog']),
    ...(has(root, 'nestedRoot') ? [] : ['its catalog does not mark it as its root']),
  ];
  if (different.length > 0) marks.push(`the parent and its catalog differ in ${different.join(', ')}`);
  return marks;
}
