import type { ContentHash } from '../format/content-hash.ts';
import { createDatabase, readDatabase } from './sqlite-bytes.ts';

/** What a reflog lists. */
export const reflogKinds = { catalog: 0, certificate: 1, history: 2 } as const;

/** An object that a revision has referred to. */
export interface Reference {
  readonly hash: ContentHash;
  readonly kind: number;
  /** Seconds since 1970, when it was added. */
  readonly timestamp: number;
}

/** Formats `.cvmfsreflog`, schema 1.0 revision 0: every root catalog, certificate and history that was ever published. */
export function formatReflog(name: string, references: readonly Reference[]): Buffer {
  return createDatabase((database) => {
    database.exec(`
      CREATE TABLE properties (key TEXT, value TEXT, CONSTRAINT pk_properties PRIMARY KEY (key));
      CREATE TABLE refs (hash TEXT, type INTEGER, timestamp INTEGER, CONSTRAINT pk_refs PRIMARY KEY (hash));`);
    const property = database.prepare('INSERT INTO properties VALUES (?, ?)');
    for (const [key, value] of Object.entries({ fqrn: name, schema: '1.0', schema_revision: '0' }))
      property.run(key, value);
    const insert = database.prepare('INSERT OR IGNORE INTO refs VALUES (?, ?, ?)');
    for (const { hash, kind, timestamp } of references) insert.run(hash, kind, timestamp);
  });
}

/** Reads a reflog, in its order.
 * @throws CVMFS_DAMAGED */
export function parseReflog(raw: Buffer): Reference[] {
  return readDatabase(raw, (database) => {
    const rows = database.prepare('SELECT hash, type AS kind, timestamp FROM refs ORDER BY rowid').all();
    return rows.map((row) => ({ ...row })) as unknown as Reference[];
  });
}
