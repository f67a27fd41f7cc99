import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The folder of the user's own where binfarm keeps what it can make or fetch again: `$XDG_CACHE_HOME/binfarm`. */
export function userCacheFolder(environment: Readonly<Record<string, string | undefined>>): string {
  const base = environment.XDG_CACHE_HOME;
  return join(base !== undefined && isAbsolute(base) ? base : join(homedir(), '.cache'), 'binfarm');
}
