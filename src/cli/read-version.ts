import { readShippedFile } from '../core/shipped-files.ts';

/** The version of this binfarm, as its package.json says. */
export function readVersion(): string {
  return (JSON.parse(readShippedFile('package.json')) as { version: string }).version;
}
