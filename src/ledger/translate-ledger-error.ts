import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { FarmError } from '../core/farm-error.ts';

/** SQLite's primary result codes that a user can act on (sqlite.org/rescode.html). */
const codes = { busy: 5, readOnly: 8, inputOutput: 10, corrupt: 11, full: 13, cannotOpen: 14, noDatabase: 26 } as const;

/** Runs what SQLite does with the ledger at a path, and turns its complaints into FarmErrors.
 * @throws DISK_FULL, LEDGER_DAMAGED, LOCKED, PERMISSION_DENIED */
export function withLedgerErrors<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw translateLedgerError(error, path);
  }
}

function translateLedgerError(error: unknown, path: string): unknown {
  const { errcode } = error as { readonly errcode?: number };
  if (errcode === undefined) return error;
  const options = { cause: error };
  switch (errcode & 0xff) {
    case codes.inputOutput: // among others when the memory that its readers share cannot grow
      return isFull(path) ? diskFull(path, error) : error;
    case codes.full:
      return diskFull(path, error);
    case codes.busy:
      return new FarmError('LOCKED', `Cannot use the ledger "${path}": another process is writing to it`, options);
    case codes.readOnly:
    case codes.cannotOpen:
      return new FarmError(
        'PERMISSION_DENIED',
        `Cannot open the ledger "${path}": this user may not write it`,
        options,
      );
    case codes.corrupt:
    case codes.noDatabase:
      return new FarmError('LEDGER_DAMAGED', `Cannot read the ledger "${path}": it is damaged`, {
        ...options,
        hint: 'Restore it from a backup, or move it away: times of past builds are lost, packages are not',
      });
    default:
      return error;
  }
}

function diskFull(path: string, cause: unknown): FarmError {
  return new FarmError('DISK_FULL', `Cannot write the ledger "${path}": no space is left`, {
    hint: 'Free some space (binfarm clean --dry-run shows what could go), then run the same command again',
    cause,
  });
}

function isFull(path: string): boolean {
  const { bavail, bsize } = statfsSync(dirname(path));
  return bavail * bsize < 1 << 20;
}
