import { type ContentHash, noHash } from '../format/content-hash.ts';
import { createDatabase, readDatabase } from './sqlite-bytes.ts';

/** A name for a revision. */
export interface Tag {
  readonly name: string;
  /** Of the root catalog. */
  readonly hash: ContentHash;
  readonly revision: number;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly description: string;
  /** Of the root catalog, not compressed, in bytes. */
  readonly size: number;
}

/** The tag that always names the newest revision, and the one for the revision before. */
export const headTags = { now: 'trunk', before: 'trunk-previous' } as const;

const tables = `
CREATE TABLE properties (key TEXT, value TEXT, CONSTRAINT pk_properties PRIMARY KEY (key));
CREATE TABLE branches (branch TEXT, parent TEXT, initial_revision INTEGER, CONSTRAINT pk_branch PRIMARY KEY (branch),
  FOREIGN KEY (parent) REFERENCES branches (branch), CHECK ((branch <> '') OR (parent IS NULL)), CHECK ((branch = '') OR (parent IS NOT NULL)));
CREATE TABLE tags (name TEXT, hash TEXT, revision INTEGER, timestamp INTEGER, channel INTEGER, description TEXT, size INTEGER,
  branch TEXT, CONSTRAINT pk_tags PRIMARY KEY (name), FOREIGN KEY (branch) REFERENCES branches (branch));
CREATE TABLE recycle_bin (hash TEXT, flags INTEGER, CONSTRAINT pk_hash PRIMARY KEY (hash));
`;

/** Formats the database of a repository's tags, schema 1.0 revision 3. */
export function formatHistory(name: string, tags: readonly Tag[], previous: ContentHash = noHash): Buffer {
  return createDatabase((database) => {
    database.exec(tables);
    const property = database.prepare('INSERT INTO properties VALUES (?, ?)');
    const properties = { fqrn: name, previous_revision: previous, schema: '1.0', schema_revision: '3' };
    for (const [key, value] of Object.entries(properties)) property.run(key, value);
    database.exec("INSERT INTO branches VALUES ('', NULL, 0)");
    const insert = database.prepare("INSERT INTO tags VALUES (?, ?, ?, ?, 0, ?, ?, '')");
    for (const tag of tags.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
      insert.run(tag.name, tag.hash, tag.revision, tag.timestamp, tag.description, tag.size);
  });
}

/** Reads a repository's tags, sorted by name.
 * @throws CVMFS_DAMAGED */
export function parseHistory(raw: Buffer): Tag[] {
  return readDatabase(raw, (database) => {
    const rows = database
      .prepare('SELECT name, hash, revision, timestamp, description, size FROM tags ORDER BY name')
      .all();
    return rows.map((row) => ({ ...row })) as unknown as Tag[];
  });
}
