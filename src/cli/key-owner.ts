import { resolve } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import type { KeyOwner } from '../app/keys/open-key-place.ts';
import type { CommandContext } from './command-context.ts';

/** Means the keys of a folder of software, not those of the farm. */
export const areaOption = new Option('--area <dir>', 'a folder of installed software (default: the farm folder)');

/** Whose keys a command is about. */
export function keyOwnerOf(area: string | undefined, { io, farm }: CommandContext): KeyOwner {
  return area === undefined ? { farm: farm() } : { area: resolve(io.folder, area) };
}
