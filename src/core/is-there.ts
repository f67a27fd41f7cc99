import { lstat } from 'node:fs/promises';

/** True when something is at a path: a file, a folder, or a link wherever it leads. */
export async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}
