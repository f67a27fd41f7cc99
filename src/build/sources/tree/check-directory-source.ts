import { stat } from 'node:fs/promises';
import { FarmError } from '../../../core/farm-error.ts';
import type { SourceLocation } from '../../../model/source-location.ts';
import { digestOfDirectory } from './digest-of-directory.ts';

/** Makes sure that a folder that is a source still is what was planned, and gives its path.
 * @throws RECIPE_INVALID when there is none, SOURCE_MISMATCH, PATH_UNSAFE */
export async function checkDirectorySource(location: SourceLocation): Promise<string> {
  const { file, directory } = location;
  const info = directory === undefined ? undefined : await stat(directory).catch(() => undefined);
  if (directory === undefined || !info?.isDirectory()) {
    throw new FarmError(
      'RECIPE_INVALID',
      `Cannot use folder "${directory ?? file}" as a source: there is no such folder`,
    );
  }
  await checkTreeDigest(directory, location);
  return directory;
}

/** Compares a folder with what a plan says.
 * @throws SOURCE_MISMATCH, PATH_UNSAFE */
export async function checkTreeDigest(folder: string, wanted: Pick<SourceLocation, 'file' | 'digest'>): Promise<void> {
  const got = await digestOfDirectory(folder);
  if (got === wanted.digest) return;
  throw new FarmError(
    'SOURCE_MISMATCH',
    `Cannot use source "${wanted.file}": its checksum is ${got}, not ${wanted.digest}`,
    {
      hint: 'A file in the folder changed since the build was planned: run the command again',
      details: { file: wanted.file, digest: wanted.digest, got },
    },
  );
}
