import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { FarmError } from '../core/farm-error.ts';

/** The farm folder that a command works on: the one that is named, or the nearest one that holds binfarm.yaml, from `start` upwards.
 * @throws FARM_NOT_FOUND */
export function findFarmFolder(start: string, named?: string): string {
  if (named !== undefined) {
    const folder = resolve(start, named);
    if (existsSync(join(folder, 'binfarm.yaml'))) return folder;
    throw new FarmError('FARM_NOT_FOUND', `Cannot use "${named}" as a farm folder: it has no binfarm.yaml`, {
      hint: `Make one with "binfarm init ${named}"`,
      details: { named },
    });
  }
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'binfarm.yaml'))) return folder;
    if (folder === dirname(folder)) break;
  }
  throw new FarmError(
    'FARM_NOT_FOUND',
    `Cannot find a farm folder: "${start}" and the folders above have no binfarm.yaml`,
    {
      hint: 'Make one with "binfarm init", or name one with --farm',
    },
  );
}
