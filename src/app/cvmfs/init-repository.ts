import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FarmError } from '../../core/farm-error.ts';
import { isThere } from '../../core/is-there.ts';
import { makeFolder } from '../../core/make-folder.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { parseRepositoryName, type RepositoryName } from '../../cvmfs/format/repository-name.ts';
import { createRepository } from '../../cvmfs/revision/create-repository.ts';
import {
  keyPathsOf,
  makeRepositoryKeys,
  readRepositoryKeys,
  readSecretRsaKey,
} from '../../cvmfs/trust/repository-keys.ts';
import { formatWhitelist } from '../../cvmfs/trust/whitelist.ts';
import { usualWhitelistDays, whitelistFor } from './whitelist-life.ts';

/** The repository that is to be made. */
export interface InitRepositoryRequest {
  readonly name: string;
  /** The folder that a web server serves; it must not exist, or be empty. */
  readonly folder: string;
  /** The folder of its keys; those that are there are used. */
  readonly keys: string;
  /** The public half of a master key that is kept elsewhere. */
  readonly masterPublic?: string;
  /** Where clients find it; `@fqrn@` stands for its name. */
  readonly url: string;
  readonly ttl: number;
  readonly days: number;
  /** Seconds since 1970. */
  readonly time: number;
  readonly dryRun: boolean;
}

/** The repository that was made. */
export interface InitRepositoryResult {
  readonly name: string;
  readonly folder: string;
  readonly revision: number;
  readonly fingerprint?: string;
  readonly keys: { readonly folder: string; readonly master: string | undefined; readonly public: string };
  /** Where the configuration for clients is, and the line that installs it there. */
  readonly client: { readonly folder: string; readonly line: string };
  /** False when it has to be signed where the master key is. */
  readonly hasWhitelist: boolean;
}

/** Makes a CVMFS repository: keys, whitelist, an empty first revision, and what clients need.
 * @throws NAME_INVALID, PATH_EXISTS, KEY_INVALID, DISK_FULL, PERMISSION_DENIED */
export async function initRepository(request: InitRepositoryRequest): Promise<InitRepositoryResult> {
  const { folder, time } = request;
  const name = parseRepositoryName(request.name);
  await refuseContents(folder);
  const paths = keyPathsOf(request.keys, name);
  const client = { folder: join(folder, 'client'), line: installLine(name) };
  const hasMaster =
    request.masterPublic === undefined && ((await isThere(paths.masterKey)) || !(await isThere(paths.masterPublic)));
  const keysToTell = {
    folder: paths.folder,
    master: hasMaster ? paths.masterKey : undefined,
    public: paths.masterPublic,
  };
  if (request.dryRun) return { name, folder, revision: 0, keys: keysToTell, client, hasWhitelist: hasMaster };
  if (request.masterPublic !== undefined) {
    await mkdir(paths.folder, { recursive: true, mode: 0o700 });
    await copyFile(request.masterPublic, paths.masterPublic);
  }
  const now = Date.now(); // keys and whitelists live by the clock
  await makeRepositoryKeys(paths, name, now);
  const keys = await readRepositoryKeys(paths);
  const list = whitelistFor(name, [keys.fingerprint], { now, days: request.days });
  const whitelist = hasMaster ? { whitelist: formatWhitelist(list, await readSecretRsaKey(paths.masterKey)) } : {};
  const config = { name, keys: paths.folder, ttl: request.ttl };
  const revision = await makeWhole(folder, async (temporary) => {
    await writeClientFiles(join(temporary, 'client'), { name, url: request.url, key: paths.masterPublic });
    return (await createRepository(temporary, { config, keys, ...whitelist, time })).revision;
  });
  return { name, folder, revision, fingerprint: keys.fingerprint, keys: keysToTell, client, hasWhitelist: hasMaster };
}

/** The days for which the first whitelist is signed where nobody says otherwise. */
export const firstWhitelistDays: number = usualWhitelistDays;

async function refuseContents(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error.code === 'ENOTDIR' ? exists(folder) : translateFileError(error, 'read', folder);
  });
  if (names.length > 0) throw exists(folder);
}

function exists(folder: string): FarmError {
  return new FarmError('PATH_EXISTS', `Cannot make a repository in "${folder}": something is there already`, {
    hint: 'Choose a folder that does not exist, or an empty one',
  });
}

/** The folder appears under its name only when all is in it. */
async function makeWhole<Result>(folder: string, fill: (temporary: string) => Promise<Result>): Promise<Result> {
  await makeFolder(dirname(folder));
  const temporary = join(dirname(folder), `.${basename(folder)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await mkdir(temporary, { mode: 0o755 });
    const result = await fill(temporary);
    await rename(temporary, folder);
    return result;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {}); // the first error is the one to tell
    throw translateFileError(error, 'make the repository', folder);
  }
}

/** What a site's administrator puts where clients look for it. */
async function writeClientFiles(
  folder: string,
  { name, url, key }: { readonly name: RepositoryName; readonly url: string; readonly key: string },
): Promise<void> {
  await mkdir(folder, { mode: 0o755 });
  await copyFile(key, join(folder, `${name}.pub`));
  const lines = [
    `CVMFS_SERVER_URL="${url}"`,
    `CVMFS_PUBLIC_KEY=/etc/cvmfs/keys/${name}.pub`,
    'CVMFS_USE_GEOAPI=no',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the client's shell replaces it
    'CVMFS_HTTP_PROXY="${CVMFS_HTTP_PROXY:-DIRECT}"',
  ];
  await writeFile(join(folder, `${name}.conf`), `${lines.join('\n')}\n`, { mode: 0o644 });
}

function installLine(name: RepositoryName): string {
  const copy = (file: string, to: string) => `install -D -m 644 ${file} /etc/cvmfs/${to}/${file}`;
  return `${copy(`${name}.pub`, 'keys')} && ${copy(`${name}.conf`, 'config.d')} && cvmfs_config probe ${name}`;
}
