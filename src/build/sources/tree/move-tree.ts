import { chmod, lstat, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { FarmError } from '../../../core/farm-error.ts';
import { bytePathOf, bytesOfPath, formatBytePath } from './byte-path.ts';

/** Moves what a folder holds into another on the same file system, joining folders that both have.
 * @throws RECIPE_INVALID when something is there already */
export async function moveTree(from: string, to: string, file: string): Promise<void> {
  await moveChildren(bytePathOf(from), bytePathOf(to), file);
}

async function moveChildren(from: string, to: string, file: string): Promise<void> {
  for (const name of await readdir(bytesOfPath(from), { encoding: 'latin1' })) {
    const [source, target] = [`${from}/${name}`, `${to}/${name}`];
    const there = await lstat(bytesOfPath(target)).catch(() => undefined);
    if (there === undefined) {
      await rename(bytesOfPath(source), bytesOfPath(target));
      continue;
    }
    const isFolder = there.isDirectory() && (await lstat(bytesOfPath(source))).isDirectory();
    if (!isFolder) {
      throw new FarmError(
        'RECIPE_INVALID',
        `Cannot unpack "${file}": another source has put "${formatBytePath(target)}" there`,
        {
          hint: 'Give one of the two sources a folder of its own with "into"',
        },
      );
    }
    await moveChildren(source, target, file);
  }
}

/** Makes the folder for a source below the folder of all sources, where `into` is its relative path, and gives its absolute path.
 * @throws PATH_UNSAFE when it would lie elsewhere, also through a symbolic link that an earlier source brought */
export async function makeSourceFolder(root: string, into: string): Promise<string> {
  const parts = into.split('/').filter((part) => part !== '' && part !== '.');
  if (into.startsWith('/') || into.includes('\0') || parts.includes('..'))
    throw unsafe(into, 'it is not a path below the sources');
  await mkdir(root, { recursive: true });
  let path = root;
  for (const part of parts) {
    path = join(path, part);
    try {
      await mkdir(path);
      await chmod(path, 0o755);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (!(await lstat(path)).isDirectory()) throw unsafe(into, `"${path}" is not a folder`);
  }
  return path;
}

function unsafe(into: string, state: string): FarmError {
  return new FarmError('PATH_UNSAFE', `Cannot put a source into "${into}": ${state}`);
}
