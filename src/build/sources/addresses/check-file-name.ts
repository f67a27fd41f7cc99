import { FarmError } from '../../../core/farm-error.ts';

/** Makes sure that a source's file name is that of a file in one folder, as it is joined to folders on this machine.
 * @throws PATH_UNSAFE */
export function checkFileName(file: string): void {
  if (/^[^/\0]{1,255}$/.test(file) && file !== '.' && file !== '..') return;
  throw new FarmError('PATH_UNSAFE', `Cannot use source "${file}": its name is not that of a file in one folder`);
}
