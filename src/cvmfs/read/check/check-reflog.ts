import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReadingRoom } from '../catalog/fetch-database.ts';
import { readProperties } from '../catalog/open-catalog.ts';
import { asFault, type ForeignDatabase, openForeignDatabase, type Row } from '../catalog/open-database.ts';
import { invalid } from '../format/invalid.ts';
import {
  createObjectHasher,
  formatObjectHash,
  isSameHash,
  type ObjectHash,
  parseObjectHash,
} from '../format/object-hash.ts';
import type { Manifest } from '../format/parse-manifest.ts';
import { mostBytes } from '../limits.ts';
import { withPatience } from '../objects/with-patience.ts';
import type { CheckReport } from './check-report.ts';

const reflogFile = '.cvmfsreflog';

/** Checks the list of all that was ever published, which garbage collection goes by: it must be the one that the manifest names, and have what the manifest has.
 * @throws CVMFS_UNAVAILABLE, DISK_FULL */
export async function checkReflog(room: ReadingRoom, manifest: Manifest, report: CheckReport): Promise<void> {
  const database = await report.attempt(async () => await fetchReflog(room, manifest, report));
  if (database === undefined) return;
  try {
    await report.attempt(() => checkRows(database, manifest, report));
  } finally {
    database.close();
  }
}

async function fetchReflog(
  room: ReadingRoom,
  manifest: Manifest,
  report: CheckReport,
): Promise<ForeignDatabase | undefined> {
  const path = join(room.scratch, `${randomBytes(8).toString('hex')}.db`);
  const hash = await withPatience(room.source, room, async () => await download(room, manifest, path));
  const problem = compare(hash, manifest);
  if (problem === undefined) return hash === undefined ? undefined : await openForeignDatabase(path, reflogFile);
  await rm(path, { force: true });
  if (await isOrigin(room)) throw invalid(reflogFile, problem);
  report.warn(reflogFile, `${problem}, as it is on a mirror`);
  return undefined;
}

function compare(found: ObjectHash | undefined, { reflog: wanted }: Manifest): string | undefined {
  if (isSameHash(found, wanted)) return undefined;
  if (found === undefined) return 'it is missing, and the manifest has its hash';
  const told = wanted === undefined ? 'none' : formatObjectHash(wanted);
  return `its hash is ${formatObjectHash(found)}, and the manifest has ${told}`;
}

/** A Stratum 1 has a reference log of its own beside the manifest of the origin; only the origin lets itself be replicated. */
async function isOrigin({ source, ...room }: ReadingRoom): Promise<boolean> {
  if (source.list !== undefined) return true;
  return await withPatience(source, room, async () => await source.has('.cvmfs_master_replica'));
}

async function download(
  { source }: ReadingRoom,
  { reflog, root }: Manifest,
  path: string,
): Promise<ObjectHash | undefined> {
  const { algorithm } = reflog ?? root;
  const found = await source.open(reflogFile);
  if (found === undefined) return undefined;
  const hasher = createObjectHasher(algorithm);
  const file = await open(path, 'w', 0o600);
  let size = 0;
  try {
    for await (const chunk of found.chunks()) {
      size += chunk.length;
      if (size > mostBytes.reflog) throw invalid(reflogFile, `it has more than ${mostBytes.reflog} bytes`);
      hasher.update(chunk);
      await file.write(chunk);
    }
  } finally {
    await file.close();
  }
  return { algorithm, hex: hasher.digest('hex') };
}

function checkRows(database: ForeignDatabase, manifest: Manifest, report: CheckReport): void {
  try {
    for (const line of database.damage()) report.fault(reflogFile, `its database is damaged: ${line}`);
    const properties = readProperties(database);
    if (properties.get('schema') !== '1.0') report.fault(reflogFile, 'its schema is not 1.0');
    if (properties.get('fqrn') !== manifest.name) report.fault(reflogFile, `it is of "${properties.get('fqrn')}"`);
    const bad = database.prepare('SELECT hash, type FROM refs').iterate() as unknown as Iterable<Row>;
    for (const [hash, type] of bad) {
      const isFine =
        typeof hash === 'string' && parseObjectHash(hash) !== undefined && [0n, 1n, 2n, 3n].includes(type as bigint);
      if (!isFine) report.fault(reflogFile, `it has a row that is no reference: ${String(hash).slice(0, 60)}`);
    }
    const find = database.prepare('SELECT type FROM refs WHERE hash = ?');
    const needed = [manifest.root, manifest.certificate, manifest.history, manifest.metainfo];
    for (const [type, hash] of needed.entries()) {
      if (hash === undefined) continue;
      const row = find.get(formatObjectHash(hash)) as unknown as Row | undefined;
      if (row?.[0] !== BigInt(type))
        report.fault(reflogFile, `it has not the ${kinds[type]} ${formatObjectHash(hash)}`);
    }
  } catch (error) {
    throw asFault(error, reflogFile);
  }
}

const kinds = ['catalog', 'certificate', 'history', 'description'];
