import type { ErrorCode } from '../../../core/error-codes.ts';
import { FarmError, isFarmError } from '../../../core/farm-error.ts';

/** Something that is wrong with a repository. */
export interface Fault {
  /** A path inside the repository, or the file of the repository that it is in. */
  readonly path: string;
  readonly reason: string;
}

/** Makes the error for a rule that something in a repository breaks. */
export function invalid(path: string, reason: string, code: ErrorCode = 'CVMFS_INVALID', cause?: unknown): FarmError {
  return new FarmError(code, `Cannot read "${path}": ${reason}`, { details: { path, reason }, cause });
}

/** What an error says is wrong; undefined when it is no fault of the repository: nobody answers, the disk is full, or binfarm has a bug. */
export function faultOf(error: unknown): Fault | undefined {
  if (!isFarmError(error)) return undefined;
  const { path, reason } = error.details;
  return typeof path === 'string' && typeof reason === 'string' ? { path, reason } : undefined;
}
