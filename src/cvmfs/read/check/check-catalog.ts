import { setImmediate as breathe } from 'node:timers/promises';
import type { Entry } from '../catalog/catalog-entry.ts';
import { has } from '../catalog/catalog-entry.ts';
import type { Catalog, CatalogReference } from '../catalog/open-catalog.ts';
import type { Row } from '../catalog/open-database.ts';
import { asNumber } from '../catalog/parse-row.ts';
import { parseObjectHash } from '../format/object-hash.ts';
import { keyOfPath, type PathBytes, parentOf, showPath } from '../format/path-bytes.ts';
import { type CatalogExamination, checkFolder } from './check-folder.ts';
import type { CheckReport } from './check-report.ts';
import { type Counters, countEntry, counterNames, emptyCounters } from './counters.ts';
import { entryProblems } from './entry-problems.ts';
import type { ObjectLedger } from './object-ledger.ts';

/** What the check of one catalog has found, without what is below it. */
export interface CatalogFindings {
  readonly root: Entry | undefined;
  readonly size: number;
  readonly counters: Counters;
  /** As the catalog tells them, by their full names. */
  readonly statistics: ReadonlyMap<string, number | undefined>;
  /** The catalogs mounted in it, each with the entry that it is mounted at. */
  readonly nested: readonly { readonly reference: CatalogReference; readonly mountPoint: Entry | undefined }[];
  readonly properties: ReadonlyMap<string, string>;
}

/** Work goes on for so many rows before others have a turn. */
const rowsAtATime = 5000;

/** Checks an open catalog: its file, its rows, and that all of them are reached from its root. */
export async function checkCatalog(
  catalog: Catalog,
  {
    report,
    ledger,
    signal,
  }: { readonly report: CheckReport; readonly ledger: ObjectLedger; readonly signal?: AbortSignal },
): Promise<CatalogFindings> {
  const { database, reference } = catalog;
  const { file } = database;
  for (const line of database.damage()) report.fault(file, `its database is damaged: ${line}`);
  checkSchema(catalog, report);
  const examination: CatalogExamination = {
    catalog,
    report,
    ledger,
    counters: emptyCounters(),
    mountPoints: new Map(),
    seen: { rows: 0, chunks: 0, bindMountPoints: 0, hasMarker: false, notForAll: 0 },
  };
  const root = checkRoot(examination);
  const folders = root === undefined ? [] : [root];
  let pause = rowsAtATime;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const below of checkFolder(examination, folder)) folders.push(below);
    if (examination.seen.rows < pause) continue;
    pause = examination.seen.rows + rowsAtATime;
    signal?.throwIfAborted();
    await breathe();
  }
  checkTotals(examination);
  const nested = checkNested(examination);
  if (examination.seen.notForAll > 0) {
    report.warn(showPath(reference.path), `not everybody may read ${examination.seen.notForAll} of its entries`);
  }
  const { counters } = examination;
  counters.nested = nested.length;
  return {
    root,
    size: database.size,
    counters,
    nested,
    properties: catalog.properties,
    statistics: readStatistics(catalog, report),
  };
}

function checkSchema({ database, properties }: Catalog, report: CheckReport): void {
  const { file, tables } = database;
  const revision = properties.get('schema_revision');
  if (revision !== '6' && revision !== '7') report.fault(file, `its schema has the revision ${revision}, not 6 or 7`);
  if (revision === '7' && tables.get('catalog')?.has('mtimens') === false)
    report.fault(file, 'it has no column "mtimens"');
  if (tables.get('catalog')?.has('xattr') === false) report.fault(file, 'it has no column "xattr"');
  for (const table of ['statistics', 'bind_mountpoints']) {
    if (!tables.has(table)) report.fault(file, `it has no table "${table}"`);
  }
  const key = ['md5path_1', 'md5path_2'];
  if (!database.isIndexed('catalog', key, true)) report.fault(file, 'its table "catalog" has not the path as its key');
  if (!database.isIndexed('catalog', ['parent_1', 'parent_2']))
    report.warn(file, 'it has no index of folders: listing them is slow');
  checkProperties(file, properties, report);
}

function checkProperties(file: string, properties: ReadonlyMap<string, string>, report: CheckReport): void {
  for (const name of ['revision', 'last_modified', 'TTL']) {
    const value = properties.get(name);
    if (value !== undefined && !/^\d{1,16}$/.test(value)) report.fault(file, `its property "${name}" is no number`);
  }
  const previous = properties.get('previous_revision');
  if (previous !== undefined && previous !== '' && parseObjectHash(previous) === undefined) {
    report.fault(file, 'its property "previous_revision" is no hash');
  }
}

function checkRoot(examination: CatalogExamination): Entry | undefined {
  const { catalog, report, counters, seen } = examination;
  const { path } = catalog.reference;
  const name = showPath(path);
  const root = catalog.entry(path);
  if (root === undefined || root.kind !== 'folder') {
    report.fault(name, 'its catalog has no folder as its root');
    return undefined;
  }
  seen.rows += 1;
  countEntry(counters, root);
  for (const problem of entryProblems(root)) report.fault(name, problem);
  if (has(root, 'nestedRoot') !== (path !== ''))
    report.fault(name, 'the mark of a nested catalog’s root is wrong here');
  const key = keyOfPath(path);
  const parent = path === '' ? { first: 0n, second: 0n } : keyOfPath(parentOf(path));
  const row = catalog.database
    .prepare('SELECT parent_1, parent_2 FROM catalog WHERE md5path_1 = ? AND md5path_2 = ?')
    .get(key.first, key.second) as unknown as Row;
  if (row[0] !== parent.first || row[1] !== parent.second) report.fault(name, 'its row has not the key of its parent');
  return root;
}

function checkTotals({ catalog, report, seen }: CatalogExamination): void {
  const { database, reference } = catalog;
  const name = showPath(reference.path);
  const rows = count(catalog, 'catalog');
  if (rows !== seen.rows) report.fault(name, `${rows - seen.rows} entries of its catalog are in no folder of it`);
  const chunks = count(catalog, 'chunks');
  if (chunks !== seen.chunks)
    report.fault(name, `${chunks - seen.chunks} chunks in its catalog belong to no file in chunks`);
  const bound = database.tables.has('bind_mountpoints') ? count(catalog, 'bind_mountpoints') : 0;
  if (bound !== seen.bindMountPoints) {
    report.fault(name, `its catalog names ${bound} mount points of other revisions, and has ${seen.bindMountPoints}`);
  }
  if (reference.path !== '' && !seen.hasMarker)
    report.fault(name, 'a catalog is mounted here without a file .cvmfscatalog');
}

function checkNested({ catalog, report, mountPoints }: CatalogExamination): CatalogFindings['nested'] {
  const nested = [...catalog.nested()].map((reference) => ({ reference, mountPoint: mountPoints.get(reference.path) }));
  const named = new Set<PathBytes>(nested.map(({ reference }) => reference.path));
  for (const { reference, mountPoint } of nested) {
    if (mountPoint !== undefined) continue;
    report.fault(showPath(reference.path), 'a catalog is named for it, and it is no mount point');
  }
  for (const path of mountPoints.keys()) {
    if (!named.has(path)) report.fault(showPath(path), 'it is a mount point, and no catalog is named for it');
  }
  for (const path of mountPoints.keys()) {
    for (const row of catalog.rows(path)) {
      report.fault(
        'problem' in row ? row.path : showPath(row.path),
        'it is in the catalog above the one that is mounted here',
      );
      break;
    }
  }
  return nested;
}

function readStatistics({ database }: Catalog, report: CheckReport): ReadonlyMap<string, number | undefined> {
  if (!database.tables.has('statistics')) return new Map();
  const rows = database.prepare('SELECT counter, value FROM statistics LIMIT 1000').all() as unknown as Row[];
  const found = new Map(rows.map(([name, value]) => [String(name), asNumber(value)]));
  const names = counterNames.flatMap((name) => [`self_${name}`, `subtree_${name}`]);
  const missing = names.filter((name) => !found.has(name));
  if (missing.length > 0)
    report.fault(database.file, `it has no counter ${missing.join(', ')}: clients do not mount it`);
  return found;
}

function count({ database }: Catalog, table: string): number {
  const [total] = database.prepare(`SELECT count(*) FROM ${table}`).get() as unknown as Row;
  return Number(total);
}
