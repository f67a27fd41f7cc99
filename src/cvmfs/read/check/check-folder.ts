import { type Entry, has } from '../catalog/catalog-entry.ts';
import type { Catalog } from '../catalog/open-catalog.ts';
import { type PathBytes, showPath } from '../format/path-bytes.ts';
import type { ObjectReference } from '../objects/fetch-object.ts';
import type { CheckReport } from './check-report.ts';
import { type Counters, countEntry } from './counters.ts';
import { entryProblems } from './entry-problems.ts';
import type { ObjectLedger } from './object-ledger.ts';

/** One catalog under examination. */
export interface CatalogExamination {
  readonly catalog: Catalog;
  readonly report: CheckReport;
  readonly ledger: ObjectLedger;
  readonly counters: Counters;
  /** The folders of this catalog that other catalogs are mounted at. */
  readonly mountPoints: Map<PathBytes, Entry>;
  /** What was met of each kind of row. */
  readonly seen: { rows: number; chunks: number; bindMountPoints: number; hasMarker: boolean; notForAll: number };
}

/** The empty file that marks the root of a nested catalog. */
const marker = '.cvmfscatalog';

/** Checks the entries of one folder; gives those of its folders that are in the same catalog. */
export function checkFolder(examination: CatalogExamination, folder: Entry): readonly Entry[] {
  const { catalog, report, seen } = examination;
  const below: Entry[] = [];
  const groups = new Map<number, Entry[]>();
  let folders = 0;
  for (const row of catalog.rows(folder.path)) {
    seen.rows += 1;
    if ('problem' in row) {
      report.fault(row.path, row.problem);
      continue;
    }
    checkEntry(examination, folder, row);
    if (row.linkGroup > 0) groups.set(row.linkGroup, [...(groups.get(row.linkGroup) ?? []), row]);
    if (row.kind !== 'folder') continue;
    folders += 1;
    if (!has(row, 'nestedMountPoint') && !has(row, 'bindMountPoint')) below.push(row);
  }
  if (folder.links !== folders + 2) {
    report.fault(showPath(folder.path), `its link count is ${folder.links}, and it has ${folders} folders`);
  }
  for (const members of groups.values()) checkGroup(report, members);
  return below;
}

function checkEntry(examination: CatalogExamination, folder: Entry, entry: Entry): void {
  const { report, counters, mountPoints, seen } = examination;
  const name = showPath(entry.path);
  for (const problem of entryProblems(entry)) report.fault(name, problem);
  if (has(entry, 'nestedRoot')) report.fault(name, 'it is marked as the root of a catalog, and is inside of one');
  if (entry.rowid < 1n) report.fault(name, 'its row has a number below 1');
  if ((entry.mode & (entry.kind === 'folder' ? 0o005 : 0o004)) === 0) seen.notForAll += 1;
  if (has(entry, 'nestedMountPoint')) mountPoints.set(entry.path, entry);
  if (has(entry, 'bindMountPoint')) seen.bindMountPoints += 1;
  countEntry(counters, entry);
  if (entry.name === marker) checkMarker(examination, folder, entry);
  if (entry.kind === 'file') noteObjects(examination, entry);
}

function checkMarker({ catalog, report, seen }: CatalogExamination, folder: Entry, entry: Entry): void {
  if (folder.path !== catalog.reference.path) {
    report.fault(showPath(entry.path), 'it marks the root of a catalog, and there is none');
  } else if (entry.kind !== 'file') report.fault(showPath(entry.path), 'it is no file');
  else seen.hasMarker = true;
}

/** Members of a group of hard links are one file, and all are in one folder. */
function checkGroup(report: CheckReport, members: readonly Entry[]): void {
  const [first] = members as [Entry];
  const name = showPath(first.path);
  if (first.links !== members.length) {
    report.fault(name, `its link count is ${first.links}, and ${members.length} of its hard links are in its folder`);
  }
  const fields = [
    'kind',
    'mode',
    'size',
    'mtime',
    'mtimeNanoseconds',
    'links',
    'uid',
    'gid',
    'flags',
    'target',
  ] as const;
  for (const other of members.slice(1)) {
    const isSame = fields.every((field) => other[field] === first[field]) && other.hash?.hex === first.hash?.hex;
    if (!isSame) report.fault(showPath(other.path), `it is a hard link of "${name}", and differs from it`);
  }
}

function noteObjects(examination: CatalogExamination, entry: Entry): void {
  if (has(entry, 'chunked')) checkChunks(examination, entry);
  if (has(entry, 'external') || entry.hash === undefined) return;
  const { size, isCompressed, hash } = entry;
  note(examination, { hash, kind: 'file', isCompressed, size, limit: size }, entry);
}

function checkChunks(examination: CatalogExamination, entry: Entry): void {
  const { catalog, report, seen, counters } = examination;
  const { isCompressed } = entry;
  let end = 0;
  let fault: string | undefined;
  for (const { hash, size, offset } of catalog.chunks(entry)) {
    seen.chunks += 1;
    counters.chunks += 1;
    if (offset !== end) fault ??= `a chunk of it begins at ${offset}, and the one before ends at ${end}`;
    end = offset + size;
    if (!has(entry, 'external')) note(examination, { hash, kind: 'chunk', isCompressed, size, limit: size }, entry);
  }
  if (end !== entry.size) fault ??= `its chunks end at ${end}, and its size is ${entry.size}`;
  if (fault !== undefined) report.fault(showPath(entry.path), fault);
}

function note({ ledger, report }: CatalogExamination, reference: ObjectReference, entry: Entry): void {
  const contradiction = ledger.add(reference, entry.path);
  if (contradiction !== undefined) report.fault(showPath(entry.path), contradiction);
}
