import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The bytes that a file or a folder with all below it takes on the disk; a file that is linked several times counts once in a call. */
export async function sizeOfFolder(path: string): Promise<number> {
  const seen = new Set<number>();
  const visit = async (place: string): Promise<number> => {
    const stats = await lstat(place).catch(() => undefined);
    if (stats === undefined || seen.has(stats.ino)) return 0;
    seen.add(stats.ino);
    const own = stats.blocks * 512;
    if (!stats.isDirectory()) return own;
    let sum = own;
    for (const name of await readdir(place)) sum += await visit(join(place, name));
    return sum;
  };
  return await visit(path);
}
