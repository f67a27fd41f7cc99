import { readFile, writeFile } from 'node:fs/promises';
import { FarmError } from '../../core/farm-error.ts';
import { isThere } from '../../core/is-there.ts';
import { formatReadableJson } from '../../core/json.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { writeFileAtomic } from '../../core/write-file-atomic.ts';
import { parseRepositoryName } from '../../cvmfs/format/repository-name.ts';
import { openRepository } from '../../cvmfs/revision/open-repository.ts';
import { readSecretRsaKey } from '../../cvmfs/trust/repository-keys.ts';
import { formatWhitelist, parseWhitelist } from '../../cvmfs/trust/whitelist.ts';
import type { ReadRequest } from './open-for-reading.ts';
import { lifeOf, type WhitelistLife, whitelistFor } from './whitelist-life.ts';

/** What became of a whitelist. */
export interface WhitelistResult {
  readonly repository: string;
  readonly fingerprints: readonly string[];
  /** The file that was written; absent when nothing was. */
  readonly written?: string;
  readonly life?: WhitelistLife;
}

const format = 'binfarm.whitelist-request/1';
const largestRequest = 1 << 16;

/** Writes down what the holder of the master key is to sign.
 * @throws CVMFS_NOT_FOUND, KEY_INVALID, DISK_FULL, PERMISSION_DENIED */
export async function requestWhitelist(
  request: ReadRequest & { readonly output: string; readonly dryRun: boolean },
): Promise<WhitelistResult> {
  const { config, keys } = await openRepository(request.folder, request);
  const fingerprints = [keys.fingerprint];
  if (request.dryRun) return { repository: config.name, fingerprints };
  await writeFileAtomic(request.output, formatReadableJson({ format, repository: config.name, fingerprints }));
  return { repository: config.name, fingerprints, written: request.output };
}

/** What signing a whitelist needs. */
export interface SignRequest {
  /** The file that `requestWhitelist` has written. */
  readonly request: string;
  readonly masterKey: string;
  readonly output: string;
  readonly days: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly dryRun: boolean;
}

/** Signs a whitelist where the master key is; needs no repository.
 * @throws KEY_INVALID, CVMFS_INVALID, NAME_INVALID, DISK_FULL, PERMISSION_DENIED */
export async function signWhitelist({
  request,
  masterKey,
  output,
  days,
  now,
  dryRun,
}: SignRequest): Promise<WhitelistResult> {
  const { repository, fingerprints } = await readRequest(request);
  const whitelist = whitelistFor(parseRepositoryName(repository), fingerprints, { now, days });
  const bytes = formatWhitelist(whitelist, await readSecretRsaKey(masterKey));
  const life = lifeOf(whitelist, now);
  if (dryRun) return { repository, fingerprints, life };
  await writeFile(output, bytes).catch((error: unknown) => {
    throw translateFileError(error, 'write', output);
  });
  return { repository, fingerprints, written: output, life };
}

async function readRequest(path: string): Promise<{ repository: string; fingerprints: readonly string[] }> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw translateFileError(error, 'read', path);
  });
  try {
    const value = JSON.parse(text.slice(0, largestRequest)) as Record<string, unknown>;
    const fingerprints = value.fingerprints as readonly unknown[];
    const isRight = (item: unknown) => typeof item === 'string' && /^(?:[0-9A-F]{2}:){19}[0-9A-F]{2}$/.test(item);
    if (value.format !== format || typeof value.repository !== 'string' || !fingerprints.every(isRight))
      throw new Error('wrong fields');
    return { repository: value.repository, fingerprints: fingerprints as string[] };
  } catch (cause) {
    throw new FarmError('CVMFS_INVALID', `Cannot read "${path}": it is no request for a whitelist`, {
      hint: 'binfarm cvmfs whitelist request FILE writes one',
      cause,
    });
  }
}

/** Puts a whitelist that was signed elsewhere in its place, if it is for this repository and its certificate.
 * @throws SIGNATURE_INVALID, WHITELIST_EXPIRED, CVMFS_NOT_FOUND, KEY_INVALID, DISK_FULL, PERMISSION_DENIED */
export async function installWhitelist(
  request: ReadRequest & { readonly file: string; readonly now: number; readonly dryRun: boolean },
): Promise<WhitelistResult> {
  const { config, keys, store } = await openRepository(request.folder, request);
  const bytes = await readFile(request.file).catch((error: unknown) => {
    throw translateFileError(error, 'read', request.file);
  });
  const whitelist = parseWhitelist(bytes, keys.masterPublic);
  const life = lifeOf(whitelist, request.now);
  const problem =
    whitelist.name !== config.name
      ? `it is for "${whitelist.name}"`
      : whitelist.fingerprints.includes(keys.fingerprint)
        ? undefined
        : 'it does not have the certificate of this repository';
  if (problem !== undefined)
    throw new FarmError('SIGNATURE_INVALID', `Cannot install the whitelist "${request.file}": ${problem}`);
  if (life.state === 'expired') {
    throw new FarmError(
      'WHITELIST_EXPIRED',
      `Cannot install the whitelist "${request.file}": it expired on ${life.expires.slice(0, 10)}`,
    );
  }
  const { fingerprints } = whitelist;
  if (request.dryRun) return { repository: config.name, fingerprints, life };
  await store.putWhitelist(bytes);
  return { repository: config.name, fingerprints, written: `${store.location}/.cvmfswhitelist`, life };
}

/** Signs the whitelist anew where the master key is beside the other keys, unless it lives long enough; safe to run as often as one likes.
 * @throws KEY_INVALID, CVMFS_NOT_FOUND, SIGNATURE_INVALID, DISK_FULL, PERMISSION_DENIED */
export async function renewWhitelist(
  request: ReadRequest & {
    readonly days: number;
    readonly ifBelow: number;
    readonly now: number;
    readonly dryRun: boolean;
  },
): Promise<WhitelistResult> {
  const { now, days, ifBelow } = request;
  const { config, keys, store } = await openRepository(request.folder, request);
  const before = await store.readWhitelist().then(
    (bytes) => parseWhitelist(bytes, keys.masterPublic),
    () => undefined,
  );
  const isRight = before?.fingerprints.includes(keys.fingerprint) === true && before.name === config.name;
  if (isRight && lifeOf(before, now).days >= ifBelow) {
    return { repository: config.name, fingerprints: before.fingerprints, life: lifeOf(before, now) };
  }
  if (!(await isThere(keys.paths.masterKey))) {
    throw new FarmError('KEY_INVALID', `Cannot renew the whitelist of "${config.name}": the master key is not here`, {
      hint: 'binfarm cvmfs whitelist request FILE, sign it where the master key is, then install it',
    });
  }
  const whitelist = whitelistFor(config.name, [keys.fingerprint], { now, days });
  const bytes = formatWhitelist(whitelist, await readSecretRsaKey(keys.paths.masterKey));
  parseWhitelist(bytes, keys.masterPublic); // the two halves may be of different keys
  const life = lifeOf(whitelist, now);
  if (request.dryRun) return { repository: config.name, fingerprints: whitelist.fingerprints, life };
  await store.putWhitelist(bytes);
  return {
    repository: config.name,
    fingerprints: whitelist.fingerprints,
    written: `${store.location}/.cvmfswhitelist`,
    life,
  };
}
