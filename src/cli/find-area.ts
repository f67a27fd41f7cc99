import { resolve } from 'node:path';
import { FarmError } from '../core/farm-error.ts';
import type { ConsoleIo } from './console-io.ts';

/** The area that a command works on: the one that is named, or the one whose set-up script was read.
 * @throws ARGUMENT_INVALID when neither is there */
export function findArea(named: string | undefined, io: ConsoleIo): string {
  const area = named ?? io.environment.BINFARM_AREA;
  if (area !== undefined && area !== '') return resolve(io.folder, area);
  throw new FarmError('ARGUMENT_INVALID', 'Cannot tell which area is meant: none is named, and none is set up', {
    hint: 'Name its folder, or read its setup.sh first',
  });
}
