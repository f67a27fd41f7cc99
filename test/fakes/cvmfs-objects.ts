import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { deflateSync } from 'node:zlib';

/** What a test changes before something is hashed and signed, so that all above it still fits. */
export interface FakeChanges {
  readonly algorithm?: 'sha1' | 'rmd160' | 'shake128';
  readonly revision?: number;
  /** SQL for the catalog at a path, after all of its rows are there. */
  readonly sql?: Readonly<Record<string, string>>;
  readonly historySql?: string;
  readonly reflogSql?: string;
  /** Changes the lines that are signed. */
  readonly manifest?: (text: string) => string;
  readonly whitelist?: (text: string) => string;
  /** Changes the file of a database: of the catalog at a path, of `history` or `reflog`. */
  readonly database?: (bytes: Buffer, path: string) => Buffer;
  /** Changes an object's bytes before they are compressed. */
  readonly certificate?: (pem: string) => string;
}

/** Where a test's repository is being made. */
export interface FakeStore {
  readonly folder: string;
  readonly changes: FakeChanges;
  /** What follows on the digits of a hash. */
  readonly suffix: string;
  /** The algorithm's bits in the flags of an entry. */
  readonly bits: number;
  readonly hashOf: (bytes: Buffer | string) => string;
  /** Stores an object; gives its hash. */
  readonly put: (plain: Buffer | string, kind: string, compressed?: boolean) => string;
  /** Makes a database; gives its file's bytes. */
  readonly database: (path: string, fill: (db: DatabaseSync) => void) => Buffer;
}

/** Opens the store of a repository that a test makes. */
export function openFakeStore(folder: string, changes: FakeChanges): FakeStore {
  const { algorithm = 'sha1' } = changes;
  const suffix = algorithm === 'sha1' ? '' : `-${algorithm}`;
  const hashOf = (bytes: Buffer | string) => {
    const options = algorithm === 'shake128' ? { outputLength: 20 } : {};
    return createHash(algorithm === 'rmd160' ? 'ripemd160' : algorithm, options)
      .update(bytes)
      .digest('hex');
  };
  return {
    folder,
    changes,
    suffix,
    bits: ['sha1', 'rmd160', 'shake128'].indexOf(algorithm) << 8,
    hashOf,
    put: (plain, kind, compressed = true) => {
      const bytes = compressed ? deflateSync(plain) : Buffer.from(plain as string);
      const hash = hashOf(bytes);
      const path = join(folder, 'data', hash.slice(0, 2), `${hash.slice(2)}${suffix}${kind}`);
      mkdirSync(dirname(path), { recursive: true });
      if (!existsSync(path)) writeFileSync(path, bytes);
      return hash;
    },
    database: (path, fill) => {
      const file = join(folder, `${createHash('md5').update(path).digest('hex')}.db`);
      const db = new DatabaseSync(file);
      db.exec('PRAGMA page_size = 1024; PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; BEGIN');
      fill(db);
      db.exec('COMMIT');
      db.close();
      const bytes = readFileSync(file);
      rmSync(file);
      return changes.database?.(bytes, path) ?? bytes;
    },
  };
}

/** Inserts a row by the names of its columns. */
export function insertRow(db: DatabaseSync, table: string, row: Readonly<Record<string, SQLInputValue>>): void {
  const names = Object.keys(row);
  const places = names.map(() => '?').join(', ');
  db.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${places})`).run(...Object.values(row));
}
