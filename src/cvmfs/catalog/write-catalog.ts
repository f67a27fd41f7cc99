import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type ByteText, joinBytes, rawOf } from '../format/byte-text.ts';
import { noParent, type PathKey, pathKeyOf } from '../format/path-key.ts';
import { catalogIndex, catalogTables, entryFlags, typeBits } from './catalog-schema.ts';
import { addCounters, type Counters, counterNames, zeroCounters } from './counters.ts';
import {
  countFolders,
  emptyContent,
  type FileNode,
  type FolderNode,
  type MountNode,
  markerName,
  type Node,
  partsOf,
} from './node.ts';
import { createDatabase, packDatabase, type StoredDatabase } from './sqlite-bytes.ts';

/** What is to be written as one catalog. */
export interface CatalogDraft {
  /** The path of its root in the repository: empty for the root catalog. */
  readonly path: ByteText;
  readonly root: FolderNode;
  /** Beside the schema and the path, which every catalog has. */
  readonly properties: Readonly<Record<string, string>>;
  /** Counts of all below it, where the references to its children do not have them all. */
  readonly below?: Counters;
}

/** A catalog that was written. */
export interface WrittenCatalog extends StoredDatabase {
  /** Of the catalog alone. */
  readonly self: Counters;
  /** Of the catalog and all below it. */
  readonly counters: Counters;
}

/** What nested catalogs say of themselves: nothing but their content, so that the same content is the same catalog. */
export const nestedProperties: Readonly<Record<string, string>> = { revision: '1', last_modified: '0' };

interface CatalogRows {
  readonly entry: StatementSync;
  readonly chunk: StatementSync;
  readonly nested: StatementSync;
  readonly counts: ReturnType<typeof zeroCounters>;
  below: Counters;
}

/** Writes a catalog: the same draft gives the same bytes, whatever the order in which its folders were filled. */
export function writeCatalog(draft: CatalogDraft): WrittenCatalog {
  const { path, root } = draft;
  const self = zeroCounters();
  let below: Counters = zeroCounters();
  const raw = createDatabase((database) => {
    database.exec(catalogTables);
    const rows = openRows(database, self);
    const isNested = path !== '';
    if (isNested)
      root.children.set(markerName, { kind: 'file', mode: 0o644, mtime: root.mtime, size: 0, content: emptyContent });
    const slash = path.lastIndexOf('/');
    const parent = isNested ? pathKeyOf(path.slice(0, slash) as ByteText) : noParent;
    const name = path.slice(slash + 1) as ByteText;
    writeFolder(rows, { path, name, parent, flags: entryFlags.folder | (isNested ? entryFlags.nestedRoot : 0) }, root);
    below = draft.below ?? rows.below;
    database.exec(catalogIndex);
    writeProperties(database, draft);
    writeStatistics(database, self, below);
  });
  return { ...packDatabase(raw), self, counters: addCounters(self, below) };
}

function openRows(database: DatabaseSync, counts: ReturnType<typeof zeroCounters>): CatalogRows {
  return {
    entry: database.prepare(
      'INSERT INTO catalog VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, CAST(? AS TEXT), CAST(? AS TEXT), 0, 0, NULL)',
    ),
    chunk: database.prepare('INSERT INTO chunks VALUES (?, ?, ?, ?, ?)'),
    nested: database.prepare('INSERT INTO nested_catalogs VALUES (CAST(? AS TEXT), ?, ?)'),
    counts,
    below: zeroCounters(),
  };
}

interface Place {
  readonly path: ByteText;
  readonly name: ByteText;
  readonly parent: PathKey;
  readonly flags: number;
}

function writeFolder(rows: CatalogRows, { path, name, parent, flags }: Place, folder: FolderNode): void {
  const key = pathKeyOf(path);
  const links = 2 + countFolders(folder);
  rows.entry.run(
    ...key,
    ...parent,
    links,
    null,
    4096,
    typeBits.folder | folder.mode,
    folder.mtime,
    flags,
    rawOf(name),
    '',
  );
  rows.counts.dir += 1;
  const names = [...folder.children.keys()].sort(compareNames);
  for (const child of names) {
    const place = { path: joinBytes(path, child), name: child, parent: key, flags: entryFlags.folder };
    const node = folder.children.get(child)!;
    if (node.kind === 'folder') writeFolder(rows, place, node);
    else writeEntry(rows, place, node);
  }
}

/** The order of bytes. */
export function compareNames(a: ByteText, b: ByteText): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function writeEntry(rows: CatalogRows, place: Place, node: Exclude<Node, FolderNode>): void {
  const { path, name, parent } = place;
  const key = pathKeyOf(path);
  const { entry, counts } = rows;
  if (node.kind === 'file') writeFile(rows, { ...place, key }, node);
  else if (node.kind === 'mount') writeMount(rows, { ...place, key }, node);
  else if (node.kind === 'symlink') {
    const target = rawOf(node.target);
    const flags = entryFlags.file | entryFlags.link;
    entry.run(
      ...key,
      ...parent,
      1,
      null,
      node.target.length,
      typeBits.link | 0o777,
      node.mtime,
      flags,
      rawOf(name),
      target,
    );
    counts.symlink += 1;
  } else {
    const flags = entryFlags.file | entryFlags.special;
    entry.run(...key, ...parent, 1, null, node.device, node.mode, node.mtime, flags, rawOf(name), '');
    counts.special += 1;
  }
}

type KeyedPlace = Place & { readonly key: PathKey };

function writeFile(rows: CatalogRows, { key, parent, name }: KeyedPlace, node: FileNode): void {
  const { entry, chunk, counts } = rows;
  const parts = partsOf(node.content);
  const flags = entryFlags.file | (parts === undefined ? 0 : entryFlags.chunked);
  const hash = parts === undefined ? node.content : null;
  entry.run(...key, ...parent, 1, hash, node.size, typeBits.file | node.mode, node.mtime, flags, rawOf(name), '');
  counts.regular += 1;
  counts.file_size += node.size;
  if (parts === undefined) return;
  counts.chunked += 1;
  counts.chunked_size += node.size;
  counts.chunks += parts.length;
  let offset = 0;
  for (const part of parts) {
    chunk.run(...key, offset, part.size, part.hash);
    offset += part.size;
  }
}

function writeMount(rows: CatalogRows, { key, parent, name, path }: KeyedPlace, node: MountNode): void {
  const { catalog, folders, mode, mtime } = node;
  const flags = entryFlags.folder | entryFlags.mountPoint;
  rows.entry.run(...key, ...parent, 2 + folders, null, 4096, typeBits.folder | mode, mtime, flags, rawOf(name), '');
  rows.nested.run(rawOf(path), catalog.hash, catalog.size);
  rows.counts.dir += 1;
  rows.counts.nested += 1;
  if (catalog.counters !== undefined) rows.below = addCounters(rows.below, catalog.counters);
}

function writeProperties(database: DatabaseSync, { path, properties }: CatalogDraft): void {
  const all = { schema: '2.5', schema_revision: '7', ...properties };
  const insert = database.prepare('INSERT INTO properties VALUES (?, CAST(? AS TEXT))');
  for (const key of Object.keys(all).sort()) insert.run(key, all[key as keyof typeof all]);
  if (path !== '') insert.run('root_prefix', rawOf(path));
}

function writeStatistics(database: DatabaseSync, self: Counters, below: Counters): void {
  const insert = database.prepare('INSERT INTO statistics VALUES (?, ?)');
  for (const name of counterNames) insert.run(`self_${name}`, self[name]);
  for (const name of counterNames) insert.run(`subtree_${name}`, below[name]);
}
