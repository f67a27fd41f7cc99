import type { ReadingRoom } from '../catalog/fetch-database.ts';
import { asFault, type Row } from '../catalog/open-database.ts';
import { asNumber } from '../catalog/parse-row.ts';
import { parseObjectHash } from '../format/object-hash.ts';
import type { Manifest } from '../format/parse-manifest.ts';
import { type History, openHistory, type Tag } from '../open-history.ts';
import type { CheckReport } from './check-report.ts';

/** Checks the tags of a repository and the branches that they are on; gives the tags.
 * @throws CVMFS_UNAVAILABLE */
export async function checkHistory(
  room: ReadingRoom,
  manifest: Manifest,
  report: CheckReport,
): Promise<readonly Tag[]> {
  const { history: hash, name } = manifest;
  if (hash === undefined) return [];
  const history = await report.attempt(async () => await openHistory(room, hash, name));
  if (history === undefined) return [];
  const { database, tags } = history;
  try {
    const { file } = database;
    for (const line of database.damage()) report.fault(file, `its database is damaged: ${line}`);
    checkProperties(history, report);
    for (const tag of tags) {
      if (tag.revision <= manifest.revision) continue;
      report.fault(
        file,
        `its tag "${tag.name}" has the revision ${tag.revision}, and the repository ${manifest.revision}`,
      );
    }
    await report.attempt(() => {
      try {
        checkBranches(history, report);
      } catch (error) {
        throw asFault(error, file);
      }
    });
  } finally {
    database.close();
  }
  return tags;
}

function checkProperties({ database, properties }: History, report: CheckReport): void {
  const { file, tables } = database;
  const revision = properties.get('schema_revision');
  if (revision !== '3') report.fault(file, `its schema has the revision ${revision}, not 3`);
  for (const table of ['branches', 'recycle_bin']) {
    if (!tables.has(table)) report.fault(file, `it has no table "${table}"`);
  }
  const previous = properties.get('previous_revision');
  if (previous !== undefined && previous !== '' && parseObjectHash(previous) === undefined) {
    report.fault(file, 'its property "previous_revision" is no hash');
  }
}

function checkBranches(history: History, report: CheckReport): void {
  const { file, tables } = history.database;
  if (!tables.has('branches')) return;
  const query = 'SELECT branch, parent, initial_revision FROM branches LIMIT 10001';
  const rows = history.database.prepare(query).all() as unknown as Row[];
  if (rows.length > 10_000) {
    report.fault(file, 'it has more than 10000 branches');
    return;
  }
  const first = new Map(rows.map(([branch, , revision]) => [String(branch), asNumber(revision) ?? 0]));
  const used = new Set(history.tags.map(({ branch }) => branch));
  for (const [branch, parent] of rows) {
    const name = String(branch);
    if ((name === '') !== (parent === null)) report.fault(file, `its branch "${name}" has a wrong parent`);
    if (parent !== null && !first.has(String(parent)))
      report.fault(file, `the parent of its branch "${name}" is missing`);
    if (!used.has(name)) report.fault(file, `no tag is on its branch "${name}"`);
  }
  checkPlaces(history, first, report);
}

/** Every tag is on a branch that there is, and not older than it. */
function checkPlaces({ database, tags }: History, first: ReadonlyMap<string, number>, report: CheckReport): void {
  for (const { name, branch, revision } of tags) {
    const start = first.get(branch);
    if (start === undefined)
      report.fault(database.file, `its tag "${name}" is on a branch "${branch}" that is missing`);
    else if (revision < start) report.fault(database.file, `its tag "${name}" is older than its branch "${branch}"`);
  }
}
