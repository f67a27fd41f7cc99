import type { DatabaseSync } from 'node:sqlite';
import type { Generated } from 'kysely';

/** One execution of a plan. Times are ISO 8601; a build without `ended_at` was interrupted or is under way. */
interface BuildRow {
  id: Generated<number>;
  name: string;
  version: string;
  platform: string;
  build_hash: string;
  started_at: string;
  ended_at: string | null;
  verdict: 'built' | 'failed' | null;
  seconds: number | null;
  cpu_seconds: number | null;
  peak_bytes: number | null;
  jobs: number;
  failed_phase: string | null;
  first_error: string | null;
  log_path: string;
  package_digest: string | null;
  package_size: number | null;
}

/** What a build hash was taken over, as canonical JSON. */
interface IdentityRow {
  build_hash: string;
  name: string;
  platform: string;
  identity: string;
  first_seen: string;
}

/** The tables of the ledger. */
export interface LedgerTables {
  build: BuildRow;
  identity: IdentityRow;
}

const migrations: readonly string[] = [
  `CREATE TABLE build (
     id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, platform TEXT NOT NULL, build_hash TEXT NOT NULL,
     started_at TEXT NOT NULL, ended_at TEXT, verdict TEXT CHECK (verdict IN ('built', 'failed')),
     seconds REAL, cpu_seconds REAL, peak_bytes INTEGER, jobs INTEGER NOT NULL,
     failed_phase TEXT, first_error TEXT, log_path TEXT NOT NULL, package_digest TEXT, package_size INTEGER);
   CREATE INDEX build_by_name ON build (name, platform, id);
   CREATE INDEX build_by_hash ON build (build_hash);
   CREATE TABLE identity (
     build_hash TEXT PRIMARY KEY, name TEXT NOT NULL, platform TEXT NOT NULL, identity TEXT NOT NULL, first_seen TEXT NOT NULL);
   CREATE INDEX identity_by_name ON identity (name, platform, first_seen);`,
];

/** Brings a ledger's tables to what this program knows; a newer ledger is refused by giving its version back. */
export function migrateLedger(database: DatabaseSync): { readonly tooNew?: number } {
  const version = () => (database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
  if (version() > migrations.length) return { tooNew: version() };
  if (version() === migrations.length) return {};
  database.exec('BEGIN IMMEDIATE'); // from here on no other process migrates, and the version that is read is the last one
  for (const sql of migrations.slice(version())) database.exec(sql);
  database.exec(`PRAGMA user_version = ${migrations.length}; COMMIT`);
  return {};
}
