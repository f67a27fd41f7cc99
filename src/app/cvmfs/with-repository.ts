import { resolve } from 'node:path';
import { FarmError } from '../../core/farm-error.ts';
import { openRepository, type Repository, type RepositoryRequest } from '../../cvmfs/read/open-repository.ts';
import { readMasterKeys } from '../../cvmfs/read/trust/read-master-keys.ts';
import type { AppContext } from '../farm/open-farm.ts';

/** Which CVMFS repository is meant, as it is typed. */
export interface RepositoryChoice {
  /** A folder or an http(s) address. */
  readonly location: string;
  /** What relative paths are relative to. */
  readonly folder: string;
  /** Files with the master keys that are believed. */
  readonly keys: readonly string[];
  readonly name?: string;
  readonly tag?: string;
  /** The address of a caching proxy. */
  readonly proxy?: string;
}

/** Reads the keys and the proxy of a choice.
 * @throws KEY_INVALID, ARGUMENT_INVALID */
export async function resolveChoice(choice: RepositoryChoice): Promise<RepositoryRequest> {
  const { location, folder, name, tag, proxy } = choice;
  const keys = await readMasterKeys(choice.keys.map((path) => resolve(folder, path)));
  return {
    location,
    folder,
    keys,
    now: Date.now(),
    ...(name === undefined ? {} : { name }),
    ...(tag === undefined ? {} : { tag }),
    ...(proxy === undefined ? {} : { proxy: parseProxy(proxy) }),
  };
}

function parseProxy(text: string): URL {
  const address = URL.canParse(text) ? new URL(text) : undefined;
  if (address?.protocol === 'http:') return address;
  throw new FarmError('ARGUMENT_INVALID', `Cannot use the proxy "${text}": it is no http:// address`, {
    hint: 'Write it as http://squid.example.org:3128',
  });
}

/** Opens a repository, verified, for as long as `work` takes.
 * @throws KEY_INVALID, ARGUMENT_INVALID, and what `openRepository` and `work` throw */
export async function withRepository<Result>(
  choice: RepositoryChoice,
  { emit, signal }: Pick<AppContext, 'emit' | 'signal'>,
  work: (repository: Repository) => Promise<Result>,
): Promise<Result> {
  const repository = await openRepository(await resolveChoice(choice), { emit, signal });
  try {
    return await work(repository);
  } finally {
    await repository.close();
  }
}
