import { fetchDatabase, type ReadingRoom } from './catalog/fetch-database.ts';
import { readProperties } from './catalog/open-catalog.ts';
import { asFault, type ForeignDatabase, type Row } from './catalog/open-database.ts';
import { asNumber } from './catalog/parse-row.ts';
import { invalid } from './format/invalid.ts';
import { type ObjectHash, parseObjectHash } from './format/object-hash.ts';
import type { Manifest } from './format/parse-manifest.ts';
import { mostBytes } from './limits.ts';

/** A revision that was given a name. */
export interface Tag {
  readonly name: string;
  readonly hash: ObjectHash;
  readonly revision: number;
  /** When it was published, in seconds since 1970. */
  readonly timestamp: number;
  readonly description: string;
  /** Of the root's catalog, unpacked. */
  readonly size: number;
  readonly branch: string;
}

/** A history database with its tags, the newest revision first. */
export interface History {
  readonly database: ForeignDatabase;
  readonly properties: ReadonlyMap<string, string>;
  readonly tags: readonly Tag[];
}

const mostTags = 100_000;

/** Fetches the history of a repository, verified, and reads its tags.
 * @throws CVMFS_DAMAGED, CVMFS_INVALID, CVMFS_UNSUPPORTED, CVMFS_UNAVAILABLE */
export async function openHistory(room: ReadingRoom, hash: ObjectHash, name: string): Promise<History> {
  const database = await fetchDatabase(room, { hash, kind: 'history', isCompressed: true, limit: mostBytes.history });
  try {
    for (const table of ['properties', 'tags']) {
      if (!database.tables.has(table)) throw invalid(database.file, `it has no table "${table}"`);
    }
    const properties = readProperties(database);
    const schema = properties.get('schema');
    if (schema !== '1.0') throw invalid(database.file, `its schema is "${schema}", not 1.0`, 'CVMFS_UNSUPPORTED');
    if (properties.get('fqrn') !== name) {
      throw invalid(database.file, `it is the history of "${properties.get('fqrn')}", not of "${name}"`);
    }
    return { database, properties, tags: readTags(database) };
  } catch (error) {
    database.close();
    throw asFault(error, database.file);
  }
}

/** Reads the tags of a repository; none when it has no history.
 * @throws CVMFS_INVALID, CVMFS_DAMAGED, CVMFS_UNSUPPORTED, CVMFS_UNAVAILABLE */
export async function readHistory(
  room: ReadingRoom,
  { history, name }: Pick<Manifest, 'history' | 'name'>,
): Promise<Pick<History, 'tags'>> {
  if (history === undefined) return { tags: [] };
  const { database, tags } = await openHistory(room, history, name);
  database.close();
  return { tags };
}

function readTags(database: ForeignDatabase): readonly Tag[] {
  const branch = database.tables.get('tags')?.has('branch') === true ? 'branch' : "''";
  const rows = database
    .prepare(
      `SELECT name, hash, revision, timestamp, description, size, ${branch} FROM tags ORDER BY revision DESC, timestamp DESC, name LIMIT ${mostTags + 1}`,
    )
    .all() as unknown as Row[];
  if (rows.length > mostTags) throw invalid(database.file, `it has more than ${mostTags} tags`);
  return rows.map(([name, hash, revision, timestamp, description, size, at]) => {
    const found = typeof hash === 'string' ? parseObjectHash(hash) : undefined;
    const [number, time, bytes] = [revision, timestamp, size ?? 0n].map(asNumber);
    if (typeof name !== 'string' || !isTagName(name)) throw invalid(database.file, 'a tag in it has no proper name');
    if (found === undefined || number === undefined || time === undefined || bytes === undefined || bytes < 0) {
      throw invalid(database.file, `its tag "${name}" has no proper hash, revision, time or size`);
    }
    return {
      name,
      hash: found,
      revision: number,
      timestamp: time,
      description: String(description ?? ''),
      size: bytes,
      branch: String(at ?? ''),
    };
  });
}

/** True when a text can be the name of a tag. */
export function isTagName(text: string): boolean {
  return /^[A-Za-z0-9._\-/:@+]{1,255}$/.test(text);
}
