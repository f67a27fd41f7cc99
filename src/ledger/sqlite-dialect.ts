import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { type Dialect, type SqliteDatabase, SqliteDialect } from 'kysely';
import { withLedgerErrors } from './translate-ledger-error.ts';

/** Lets kysely work on Node's own SQLite; the file is made when it is not there.
 * @throws what `withLedgerErrors` says, also from every query */
export function createSqliteDialect(path: string): { dialect: Dialect; database: DatabaseSync } {
  const guard = <Result>(work: () => Result) => withLedgerErrors(path, work);
  const database = guard(() => new DatabaseSync(path));
  guard(() =>
    database.exec(
      'PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON',
    ),
  );
  const adapted: SqliteDatabase = {
    close: () => database.close(),
    prepare: (sql) => {
      const statement = guard(() => database.prepare(sql));
      return {
        reader: /^\s*(select|with|pragma)\b|\breturning\b/i.test(sql),
        all: (parameters) => guard(() => statement.all(...(parameters as SQLInputValue[]))),
        run: (parameters) => guard(() => statement.run(...(parameters as SQLInputValue[]))),
        iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])) as IterableIterator<unknown>,
      };
    },
  };
  return { dialect: new SqliteDialect({ database: adapted }), database };
}
