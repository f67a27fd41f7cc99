import { readFile } from 'node:fs/promises';
import { FarmError } from '../../core/farm-error.ts';
import { formatReadableJson } from '../../core/json.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { writeFileAtomic } from '../../core/write-file-atomic.ts';
import { parseRepositoryName, type RepositoryName } from '../format/repository-name.ts';
import type { RepositoryLayout } from './repository-layout.ts';

/** What binfarm keeps of a repository beside what it publishes. */
export interface RepositoryConfig {
  readonly name: RepositoryName;
  /** The folder of its keys. */
  readonly keys: string;
  /** For how many seconds clients believe a manifest. */
  readonly ttl: number;
}

const format = 'binfarm.cvmfs/1';

/** Writes a repository's configuration. */
export async function writeRepositoryConfig(layout: RepositoryLayout, config: RepositoryConfig): Promise<void> {
  await writeFileAtomic(layout.config, formatReadableJson({ format, ...config }));
}

/** Reads a repository's configuration.
 * @throws CVMFS_NOT_FOUND */
export async function readRepositoryConfig(layout: RepositoryLayout): Promise<RepositoryConfig> {
  let text: string;
  try {
    text = await readFile(layout.config, 'utf8');
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw translateFileError(error, 'read', layout.config);
    throw invalid(layout, 'it is no repository that binfarm has made', error);
  }
  try {
    const value = JSON.parse(text) as Partial<RepositoryConfig> & { readonly format?: unknown };
    if (value.format !== format) throw new Error('unknown format');
    if (typeof value.keys !== 'string' || typeof value.ttl !== 'number') throw new Error('keys or ttl missing');
    return { name: parseRepositoryName(String(value.name)), keys: value.keys, ttl: value.ttl };
  } catch (cause) {
    throw invalid(layout, 'its configuration is damaged', cause);
  }
}

function invalid({ folder }: RepositoryLayout, state: string, cause: unknown): FarmError {
  return new FarmError('CVMFS_NOT_FOUND', `Cannot use "${folder}": ${state}`, {
    hint: `binfarm cvmfs init NAME --to ${folder}`,
    cause,
  });
}
