import { FarmError } from './farm-error.ts';

/** Turns the operating system's errors that a user can act on into FarmErrors; gives any other error back as it is. */
export function translateFileError(error: unknown, action: string, path: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new FarmError('DISK_FULL', `Cannot ${action} "${path}": no space is left`, {
      hint: 'Free some space (binfarm clean --dry-run shows what could go), then run the same command again',
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    const state = code === 'EROFS' ? 'the file system is read-only' : 'this user may not do that';
    return new FarmError('PERMISSION_DENIED', `Cannot ${action} "${path}": ${state}`, { cause: error });
  }
  return error;
}
