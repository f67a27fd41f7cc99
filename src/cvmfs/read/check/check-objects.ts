import type { ReadingRoom } from '../catalog/fetch-database.ts';
import { createObjectHasher, objectKey, parseObjectKey } from '../format/object-hash.ts';
import { showPath } from '../format/path-bytes.ts';
import { atOnce } from '../limits.ts';
import { fetchObject, type ObjectSink } from '../objects/fetch-object.ts';
import { forEachLimited } from '../objects/for-each-limited.ts';
import { withPatience } from '../objects/with-patience.ts';
import { trackProgress } from '../track-progress.ts';
import type { CheckReport } from './check-report.ts';
import type { ObjectLedger } from './object-ledger.ts';

const nowhere: ObjectSink = { restart: async () => {}, write: () => {} };

/** What was found of the objects of a repository. */
export interface ObjectFindings {
  readonly objects: number;
  /** As stored; 0 when they were not read. */
  readonly bytes: number;
}

/** Checks every object that catalogs refer to: that it is there, and, unless only that is asked for, that it has its hash and unpacks to its size.
 * @throws CVMFS_UNAVAILABLE */
export async function checkObjects(
  room: ReadingRoom,
  { ledger, report, read }: { readonly ledger: ObjectLedger; readonly report: CheckReport; readonly read: boolean },
): Promise<ObjectFindings> {
  const of = ledger.count();
  const progress = trackProgress(room, { part: 'objects', title: read ? 'read objects' : 'look for objects', of });
  let bytes = 0;
  await forEachLimited(ledger.all(), atOnce, async ({ reference, path }) => {
    room.signal?.throwIfAborted();
    const key = objectKey(reference.hash, reference.kind);
    const found = await report.attempt(async () => {
      if (read) return await fetchObject(room.source, reference, nowhere, room);
      const isThere = await withPatience(room.source, room, async () => await room.source.has(key));
      if (!isThere) report.fault(key, 'it is missing');
      return isThere ? { stored: 0 } : undefined;
    });
    if (found === undefined) report.fault(showPath(path), `its object ${key} is missing or damaged`);
    bytes += found?.stored ?? 0;
    progress.add(1, found?.stored ?? 0);
  });
  progress.end();
  return { objects: of, bytes };
}

/** How a store is checked. */
export interface StoreCheck {
  readonly ledger: ObjectLedger;
  readonly report: CheckReport;
  readonly read: boolean;
  /** Objects that were read in another way: catalogs, certificate, history. */
  readonly verified: ReadonlySet<string>;
}

/** Checks what else lies in a folder of objects: their names, and that each has the hash that it is named by. Gives how many the catalogs do not refer to, with their bytes.
 * @throws CVMFS_UNAVAILABLE */
export async function checkStore(
  room: ReadingRoom,
  { ledger, report, read, verified }: StoreCheck,
): Promise<{ readonly others: number; readonly otherBytes: number }> {
  let [others, otherBytes] = [0, 0];
  const { list } = room.source;
  if (list === undefined) return { others, otherBytes };
  const progress = trackProgress(room, { part: 'store', title: 'read what else is stored' });
  await forEachLimited(list(), atOnce, async ({ key, problem }) => {
    room.signal?.throwIfAborted();
    if (problem !== undefined) return report.fault(key, problem);
    if (verified.has(key) || isReferenced(ledger, key)) return;
    const size = read ? await report.attempt(async () => await compare(room, key, report)) : 0;
    others += 1;
    otherBytes += size ?? 0;
    progress.add(1, size ?? 0);
  });
  progress.end();
  return { others, otherBytes };
}

function isReferenced(ledger: ObjectLedger, key: string): boolean {
  const name = key.slice('data/'.length).replace('/', '');
  if (name.endsWith('P')) return ledger.hasKey(name.slice(0, -1), 'chunk');
  return ledger.hasKey(name, 'file');
}

async function compare({ source }: ReadingRoom, key: string, report: CheckReport): Promise<number> {
  const [, folder, name] = key.split('/') as [string, string, string];
  const wanted = parseObjectKey(folder, name)!;
  const hasher = createObjectHasher(wanted.algorithm);
  const found = await source.open(key);
  let size = 0;
  for await (const chunk of found?.chunks() ?? []) {
    size += chunk.length;
    hasher.update(chunk);
  }
  if (found !== undefined && hasher.digest('hex') !== wanted.hex) report.fault(key, 'its bytes have another hash');
  return size;
}
