import type { DatabaseSync } from 'node:sqlite';
import { FarmError } from '../../core/farm-error.ts';
import type { ByteText } from '../format/byte-text.ts';
import { type ContentHash, isContentHash } from '../format/content-hash.ts';
import { pathKeyOf } from '../format/path-key.ts';
import { entryFlags, typeBits } from './catalog-schema.ts';
import { addCounters, type Counters, counterNames, zeroCounters } from './counters.ts';
import { type CatalogReference, type FolderNode, type Node, packParts } from './node.ts';
import { readDatabase } from './sqlite-bytes.ts';

/** A catalog that binfarm has written, in memory, to be changed and written again. */
export interface OpenCatalog {
  readonly path: ByteText;
  readonly root: FolderNode;
  readonly properties: Readonly<Record<string, string>>;
  readonly self: Counters;
  /** Of all below it. */
  readonly below: Counters;
}

interface Row {
  readonly md5path_1: bigint;
  readonly md5path_2: bigint;
  readonly parent_1: bigint;
  readonly parent_2: bigint;
  readonly hardlinks: bigint;
  readonly hash: Uint8Array | null;
  readonly size: bigint;
  readonly mode: bigint;
  readonly mtime: bigint;
  readonly flags: bigint;
  readonly name: Uint8Array;
  readonly symlink: Uint8Array;
}

const entriesQuery =
  'SELECT md5path_1, md5path_2, parent_1, parent_2, hardlinks, hash, size, mode, mtime, flags, CAST(name AS BLOB) AS name, CAST(symlink AS BLOB) AS symlink FROM catalog ORDER BY rowid';

/** Reads a whole catalog. Only what binfarm itself writes is understood: a catalog with anything else, such as hard links or extended attributes, is refused.
 * @throws CVMFS_DAMAGED */
export function readCatalog(raw: Buffer): OpenCatalog {
  return readDatabase(raw, (database) => {
    const properties = readProperties(database);
    const path = (properties.root_prefix ?? '') as ByteText;
    const nested = readNested(database);
    const chunks = readChunks(database);
    const byParent = new Map<string, Row[]>();
    const statement = database.prepare(entriesQuery);
    statement.setReadBigInts(true);
    let first: Row | undefined;
    for (const row of statement.iterate() as Iterable<unknown> as Iterable<Row>) {
      if (Number(row.flags) & entryFlags.nestedRoot || row.name.length === 0) {
        first = row;
        continue;
      }
      const key = `${row.parent_1} ${row.parent_2}`;
      const siblings = byParent.get(key);
      if (siblings === undefined) byParent.set(key, [row]);
      else siblings.push(row);
    }
    if (first === undefined || pathKeyOf(path)[0] !== first.md5path_1) throw damaged('it has no root');
    const root = folderOf(first, path, { byParent, nested, chunks });
    const { self, below } = readStatistics(database);
    return { path, root, properties, self, below };
  });
}

/** Reads only what a catalog says of itself and all below it.
 * @throws CVMFS_DAMAGED */
export function readTotals(raw: Buffer): {
  readonly properties: Readonly<Record<string, string>>;
  readonly counters: Counters;
} {
  return readDatabase(raw, (database) => {
    const { self, below } = readStatistics(database);
    return { properties: readProperties(database), counters: addCounters(self, below) };
  });
}

interface Tables {
  readonly byParent: ReadonlyMap<string, readonly Row[]>;
  readonly nested: ReadonlyMap<string, CatalogReference>;
  readonly chunks: ReadonlyMap<string, readonly { readonly size: number; readonly hash: Uint8Array }[]>;
}

function folderOf(row: Row, path: ByteText, tables: Tables): FolderNode {
  const children = new Map<ByteText, Node>();
  for (const child of tables.byParent.get(`${row.md5path_1} ${row.md5path_2}`) ?? []) {
    const name = Buffer.from(child.name.buffer, child.name.byteOffset, child.name.length).toString(
      'latin1',
    ) as ByteText;
    children.set(name, nodeOf(child, `${path}/${name}` as ByteText, tables));
  }
  return { kind: 'folder', mode: Number(row.mode) & 0o7777, mtime: Number(row.mtime), children };
}

function nodeOf(row: Row, path: ByteText, tables: Tables): Node {
  const flags = Number(row.flags);
  const mode = Number(row.mode);
  const mtime = Number(row.mtime);
  const known = entryFlags.folder | entryFlags.mountPoint | entryFlags.file | entryFlags.link | entryFlags.special;
  if (flags & ~(known | entryFlags.chunked))
    throw damaged(`it has an entry of a kind that binfarm does not write (${flags})`);
  if (flags & entryFlags.mountPoint) {
    const catalog = tables.nested.get(path);
    if (catalog === undefined) throw damaged(`"${path}" has no catalog`);
    return { kind: 'mount', mode: mode & 0o7777, mtime, folders: Number(row.hardlinks) - 2, catalog };
  }
  if (flags & entryFlags.folder) return folderOf(row, path, tables);
  if (flags & entryFlags.special) return { kind: 'special', mode, mtime, device: Number(row.size) };
  if (flags & entryFlags.link) {
    const target = Buffer.from(row.symlink).toString('latin1') as ByteText;
    return { kind: 'symlink', mtime, target };
  }
  if ((mode & 0o170000) !== typeBits.file) throw damaged(`"${path}" is of an unknown kind`);
  const parts = tables.chunks.get(`${row.md5path_1} ${row.md5path_2}`);
  const content = flags & entryFlags.chunked ? packParts(parts ?? []) : row.hash;
  if (content === null) throw damaged(`"${path}" has no content`);
  return { kind: 'file', mode: mode & 0o7777, mtime, size: Number(row.size), content };
}

function readProperties(database: DatabaseSync): Record<string, string> {
  const rows = database.prepare('SELECT key, CAST(value AS BLOB) AS value FROM properties').all() as unknown as {
    key: string;
    value: Uint8Array;
  }[];
  return Object.fromEntries(rows.map(({ key, value }) => [key, Buffer.from(value).toString('latin1')]));
}

function readNested(database: DatabaseSync): Map<string, CatalogReference> {
  const rows = database
    .prepare('SELECT CAST(path AS BLOB) AS path, sha1, size FROM nested_catalogs')
    .all() as unknown as {
    path: Uint8Array;
    sha1: string;
    size: number;
  }[];
  return new Map(
    rows.map(({ path, sha1, size }) => {
      if (!isContentHash(sha1)) throw damaged('it refers to a catalog by a hash that is no SHA-1');
      return [Buffer.from(path).toString('latin1'), { hash: sha1 as ContentHash, size }];
    }),
  );
}

function readChunks(database: DatabaseSync): Map<string, { size: number; hash: Uint8Array }[]> {
  const statement = database.prepare(
    'SELECT md5path_1, md5path_2, size, hash FROM chunks ORDER BY md5path_1, md5path_2, offset',
  );
  statement.setReadBigInts(true);
  const found = new Map<string, { size: number; hash: Uint8Array }[]>();
  for (const row of statement.iterate() as Iterable<unknown> as Iterable<Row>) {
    const key = `${row.md5path_1} ${row.md5path_2}`;
    const parts = found.get(key) ?? [];
    found.set(key, parts);
    parts.push({ size: Number(row.size), hash: row.hash! });
  }
  return found;
}

function readStatistics(database: DatabaseSync): { self: Counters; below: Counters } {
  const rows = database.prepare('SELECT counter, value FROM statistics').all() as { counter: string; value: number }[];
  const values = new Map(rows.map(({ counter, value }) => [counter, value]));
  const self = zeroCounters();
  const below = zeroCounters();
  for (const name of counterNames) {
    self[name] = values.get(`self_${name}`) ?? 0;
    below[name] = values.get(`subtree_${name}`) ?? 0;
  }
  return { self, below };
}

function damaged(state: string): FarmError {
  return new FarmError('CVMFS_DAMAGED', `Cannot use a catalog: ${state}`);
}
