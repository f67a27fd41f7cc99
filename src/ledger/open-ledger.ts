import { Kysely } from 'kysely';
import { FarmError } from '../core/farm-error.ts';
import { type LedgerTables, migrateLedger } from './ledger-schema.ts';
import { createSqliteDialect } from './sqlite-dialect.ts';
import { withLedgerErrors } from './translate-ledger-error.ts';

/** What is known when a build begins. */
export interface BuildStart {
  readonly name: string;
  readonly version: string;
  readonly platform: string;
  readonly buildHash: string;
  readonly jobs: number;
  readonly logPath: string;
}

/** How a build ended. */
export interface BuildEnd {
  readonly verdict: 'built' | 'failed';
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  readonly failedPhase?: string;
  readonly firstError?: string;
  readonly packageDigest?: string;
  readonly packageSize?: number;
}

/** A build as the ledger remembers it. */
export interface BuildRecord extends BuildStart {
  readonly id: number;
  readonly startedAt: string;
  /** `interrupted` also for a build that is still under way. */
  readonly verdict: 'built' | 'failed' | 'interrupted';
  readonly seconds?: number;
  readonly cpuSeconds?: number;
  readonly peakBytes?: number;
  readonly failedPhase?: string;
  readonly firstError?: string;
  readonly packageDigest?: string;
  readonly packageSize?: number;
}

/** What a build hash was taken over. */
export interface IdentityRecord {
  readonly buildHash: string;
  readonly name: string;
  readonly platform: string;
  /** Canonical JSON. */
  readonly identity: string;
}

/** What the farm remembers; append-only but for the end of a build that has begun. */
export interface Ledger {
  readonly startBuild: (start: BuildStart) => Promise<number>;
  readonly finishBuild: (id: number, end: BuildEnd) => Promise<void>;
  /** The newest builds first; of one package when a name is given. */
  readonly listBuilds: (filter: { name?: string; platform?: string; limit?: number }) => Promise<BuildRecord[]>;
  /** Remembers what build hashes mean, so that a later rebuild can be explained. */
  readonly recordIdentities: (identities: readonly IdentityRecord[]) => Promise<void>;
  readonly findIdentity: (buildHash: string) => Promise<IdentityRecord | undefined>;
  /** The identity of the newest successful build of a package, other than the given hash. */
  readonly lastBuiltIdentity: (
    name: string,
    platform: string,
    exceptHash: string,
  ) => Promise<IdentityRecord | undefined>;
  readonly close: () => Promise<void>;
}

/** Opens the ledger in a file of SQLite, making it if need be.
 * @throws LEDGER_TOO_NEW when a newer binfarm wrote it, LEDGER_DAMAGED, DISK_FULL, PERMISSION_DENIED */
export function openLedger(path: string): Ledger {
  const { dialect, database } = createSqliteDialect(path);
  const { tooNew } = withLedgerErrors(path, () => migrateLedger(database));
  if (tooNew !== undefined) {
    database.close();
    throw new FarmError(
      'LEDGER_TOO_NEW',
      `Cannot read the ledger "${path}": a newer binfarm wrote it (format ${tooNew})`,
      {
        hint: 'Use that newer binfarm',
      },
    );
  }
  const db = new Kysely<LedgerTables>({ dialect });
  return {
    startBuild: async (start) => {
      const row = await db.insertInto('build').values(startRow(start)).returning('id').executeTakeFirstOrThrow();
      return row.id;
    },
    finishBuild: async (id, end) => {
      await db.updateTable('build').set(endRow(end)).where('id', '=', id).where('ended_at', 'is', null).execute();
    },
    listBuilds: async ({ name, platform, limit = 1000 }) => {
      let query = db.selectFrom('build').selectAll().orderBy('id', 'desc').limit(limit);
      if (name !== undefined) query = query.where('name', '=', name);
      if (platform !== undefined) query = query.where('platform', '=', platform);
      return (await query.execute()).map(readBuild);
    },
    recordIdentities: async (identities) => {
      if (identities.length === 0) return;
      const firstSeen = new Date().toISOString();
      const rows = identities.map(({ buildHash, name, platform, identity }) => ({
        build_hash: buildHash,
        name,
        platform,
        identity,
        first_seen: firstSeen,
      }));
      await db.insertInto('identity').orIgnore().values(rows).execute();
    },
    findIdentity: async (buildHash) => {
      const row = await db.selectFrom('identity').selectAll().where('build_hash', '=', buildHash).executeTakeFirst();
      return row && readIdentity(row);
    },
    lastBuiltIdentity: async (name, platform, exceptHash) => {
      const row = await db
        .selectFrom('build')
        .innerJoin('identity', 'identity.build_hash', 'build.build_hash')
        .selectAll('identity')
        .where('build.name', '=', name)
        .where('build.platform', '=', platform)
        .where('build.verdict', '=', 'built')
        .where('build.build_hash', '!=', exceptHash)
        .orderBy('build.id', 'desc')
        .executeTakeFirst();
      return row && readIdentity(row);
    },
    close: () => db.destroy(),
  };
}

function startRow(start: BuildStart) {
  return {
    name: start.name,
    version: start.version,
    platform: start.platform,
    build_hash: start.buildHash,
    jobs: start.jobs,
    log_path: start.logPath,
    started_at: new Date().toISOString(),
  };
}

function endRow(end: BuildEnd) {
  return {
    ended_at: new Date().toISOString(),
    verdict: end.verdict,
    seconds: end.seconds,
    cpu_seconds: end.cpuSeconds,
    peak_bytes: Math.round(end.peakBytes),
    failed_phase: end.failedPhase ?? null,
    first_error: end.firstError ?? null,
    package_digest: end.packageDigest ?? null,
    package_size: end.packageSize ?? null,
  };
}

type Selected<Table extends keyof LedgerTables> = { [K in keyof LedgerTables[Table]]: unknown };

function readIdentity(row: Selected<'identity'>): IdentityRecord {
  return {
    buildHash: row.build_hash as string,
    name: row.name as string,
    platform: row.platform as string,
    identity: row.identity as string,
  };
}

function readBuild(row: Selected<'build'>): BuildRecord {
  const optional = {
    seconds: row.seconds,
    cpuSeconds: row.cpu_seconds,
    peakBytes: row.peak_bytes,
    failedPhase: row.failed_phase,
    firstError: row.first_error,
    packageDigest: row.package_digest,
    packageSize: row.package_size,
  };
  return {
    id: row.id as number,
    name: row.name as string,
    version: row.version as string,
    platform: row.platform as string,
    buildHash: row.build_hash as string,
    jobs: row.jobs as number,
    logPath: row.log_path as string,
    startedAt: row.started_at as string,
    verdict: (row.verdict ?? 'interrupted') as BuildRecord['verdict'],
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== null)),
  };
}
