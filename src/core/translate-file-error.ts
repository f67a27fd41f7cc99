import { FarmError } from './farm-error.ts';

/** What is in the way, by the system's code. */
const obstacles: Readonly<Record<string, string>> = {
  EEXIST: 'something is there already',
  EISDIR: 'a folder is where a file should be',
  ELOOP: 'its links lead round in a circle',
  ENAMETOOLONG: 'the name is too long',
  ENOTDIR: 'a file is where a folder should be',
  ENOTEMPTY: 'something is there already',
};

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
  const obstacle = obstacles[code ?? ''];
  if (obstacle === undefined) return error;
  return new FarmError('PATH_EXISTS', `Cannot ${action} "${path}": ${obstacle}`, { cause: error });
}

const complaints = [
  ['No space left on device', 'ENOSPC'],
  ['Disk quota exceeded', 'EDQUOT'],
  ['Permission denied', 'EACCES'],
  ['Operation not permitted', 'EPERM'],
  ['Read-only file system', 'EROFS'],
] as const;

/** The operating system's error that another program complains of, in the words of the C locale; without a code where it says something else. */
export function errorOfComplaint(complaint: string): NodeJS.ErrnoException {
  const code = complaints.find(([words]) => complaint.includes(words))?.[1];
  return Object.assign(new Error(complaint), code === undefined ? {} : { code });
}
