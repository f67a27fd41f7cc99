import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import { FarmError } from '../../core/farm-error.ts';
import { formatReadableJson } from '../../core/json.ts';
import { makeFolder } from '../../core/make-folder.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { writeFileAtomic } from '../../core/write-file-atomic.ts';
import { formatPublicKey, type PublicKey, parsePublicKey, readPublicKey } from '../../package/sign/key-file.ts';
import type { KeyPlace } from './key-place.ts';
import { type Keyring, type KnownKey, type RevokedKey, revokedKeyOf } from './keyring.ts';

const knownSchema = v.strictObject({
  name: v.string(),
  since: v.string(),
  expires: v.optional(v.string()),
  via: v.optional(v.string()),
  next: v.optional(v.string()),
  serial: v.optional(v.number()),
});

const stateSchema = v.strictObject({
  format: v.literal('binfarm.keyring/1'),
  /** What is known of the keys whose files are beside this one, by id. */
  keys: v.record(v.string(), knownSchema),
  /** By id; whatever files there are. */
  revoked: v.record(
    v.string(),
    v.strictObject({
      key: v.string(),
      name: v.string(),
      revoked: v.string(),
      reason: v.string(),
      by: v.optional(v.string()),
    }),
  ),
});

type State = v.InferOutput<typeof stateSchema>;

/** What of a place is needed to write its keys. */
type WritablePlace = Pick<KeyPlace, 'folder' | 'own' | 'state' | 'share'>;

/** Reads the keys that a farm or an area believes; without any, the keyring is empty.
 * @throws KEY_INVALID when a key's file, or what is known of them, is damaged: nothing is believed then */
export async function readKeyring(place: Pick<KeyPlace, 'folder' | 'own' | 'state'>): Promise<Keyring> {
  const state = await readState(place.state);
  const files = [...(await ownFile(place.own)), ...(await keyFilesIn(place.folder))];
  const found = await Promise.all(
    files.map(async (file) => {
      const name = file === place.own ? '' : basename(file, '.pub');
      return describe(await readPublicKey(file), { file, name, state });
    }),
  );
  const keys = new Map<string, KnownKey>();
  for (const known of found) {
    const { id } = known.key;
    if (state.revoked[id] === undefined && !keys.has(id)) keys.set(id, known);
  }
  return { keys: [...keys.values()], revoked: Object.entries(state.revoked).map(([id, item]) => revokedOf(id, item)) };
}

/** Writes a keyring: first the files of new keys, then what is known of all, then it removes the files of revoked ones. Interrupted in between, nothing is believed that is
 * in neither the old nor the new one, and nothing revoked is believed again.
 * @throws PERMISSION_DENIED, DISK_FULL */
export async function writeKeyring(place: WritablePlace, keyring: Keyring): Promise<void> {
  await makeKeyFolder(place);
  const files = [...(await ownFile(place.own)), ...(await keyFilesIn(place.folder))];
  const there = await Promise.all(files.map(async (file) => ({ file, id: (await readPublicKey(file)).id })));
  const write = (path: string, text: string) =>
    writeFileAtomic(path, text, (temporary) => place.share(temporary, 'file'));
  for (const { key } of keyring.keys) {
    if (there.some(({ id }) => id === key.id)) continue;
    await write(join(place.folder, `${key.id}.pub`), formatPublicKey(key.key));
  }
  await write(place.state, formatReadableJson(stateOf(keyring)));
  for (const { file, id } of there) {
    const isRevoked = keyring.revoked.some(({ key }) => key.id === id);
    if (isRevoked && file !== place.own) await rm(file, { force: true });
  }
}

/** True when two keyrings say the same. */
export function isSameKeyring(a: Keyring, b: Keyring): boolean {
  return formatReadableJson(stateOf(a)) === formatReadableJson(stateOf(b));
}

async function makeKeyFolder({ folder, state, share }: WritablePlace): Promise<void> {
  try {
    const made = await mkdir(folder, { recursive: true });
    if (made !== undefined) await share(folder, 'folder');
  } catch (error) {
    throw translateFileError(error, 'make', folder);
  }
  await makeFolder(dirname(state));
}

async function ownFile(own: string | undefined): Promise<string[]> {
  if (own === undefined) return [];
  return await stat(own).then(
    () => [own],
    () => [], // a farm without a key can plan, and believes nothing
  );
}

async function keyFilesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw translateFileError(error, 'read the keys in', folder);
  });
  return names
    .filter((name) => name.endsWith('.pub'))
    .sort()
    .map((name) => join(folder, name));
}

async function describe(
  key: PublicKey,
  { file, name: fileName, state }: { readonly file: string; readonly name: string; readonly state: State },
): Promise<KnownKey> {
  const known = state.keys[key.id];
  if (known === undefined) {
    const name = fileName;
    return { key, name: name === key.id ? '' : name, since: (await stat(file)).mtime.toISOString() };
  }
  const { expires, via, next, serial, name, since } = known;
  return {
    key,
    name,
    since,
    ...(expires === undefined ? {} : { expires }),
    ...(via === undefined ? {} : { via }),
    ...(next === undefined ? {} : { next }),
    ...(serial === undefined ? {} : { serial }),
  };
}

function revokedOf(id: string, { key, name, revoked, reason, by }: State['revoked'][string]): RevokedKey {
  const parsed = parsePublicKey(key, id);
  return revokedKeyOf({ ...parsed, id }, { name, revoked, reason, ...(by === undefined ? {} : { by }) });
}

function stateOf({ keys, revoked }: Keyring): State {
  return {
    format: 'binfarm.keyring/1',
    keys: Object.fromEntries(keys.map(({ key, ...about }) => [key.id, about])),
    revoked: Object.fromEntries(
      revoked.map(({ key, ...about }) => [key.id, { key: formatPublicKey(key.key), ...about }]),
    ),
  };
}

async function readState(path: string): Promise<State> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw translateFileError(error, 'read', path);
  });
  if (text === undefined) return { format: 'binfarm.keyring/1', keys: {}, revoked: {} };
  const parsed = v.safeParse(stateSchema, parseJson(text));
  if (parsed.success) return parsed.output;
  throw new FarmError('KEY_INVALID', `Cannot read what is known of keys in "${path}": it is damaged`, {
    hint: 'It says which keys are revoked: bring it back from a copy, or remove it and look at "binfarm key list"',
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
