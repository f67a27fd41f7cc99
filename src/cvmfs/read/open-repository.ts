import type { KeyObject } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FarmError } from '../../core/farm-error.ts';
import { removeFolder } from '../../core/remove-folder.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import type { ReadingRoom } from './catalog/fetch-database.ts';
import { type Catalog, type CatalogReference, openCatalog } from './catalog/open-catalog.ts';
import { readHistory } from './open-history.ts';
import type { ReadContext } from './read-context.ts';
import { readTrust, type Trust } from './read-trust.ts';
import { openSource } from './source/open-source.ts';
import type { RepositorySource } from './source/repository-source.ts';

/** Which repository is read, and what it is believed by. */
export interface RepositoryRequest {
  /** A folder or an http(s) address that has `.cvmfspublished`. */
  readonly location: string;
  /** What a relative location is relative to. */
  readonly folder: string;
  /** The master keys, one of which must have signed the whitelist. */
  readonly keys: readonly KeyObject[];
  /** The name that it must have, where one is asked for. */
  readonly name?: string;
  /** An earlier revision, by its tag; the current one where it is absent. */
  readonly tag?: string;
  /** A caching proxy for http. */
  readonly proxy?: URL;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A repository whose chain of signatures was verified, open at one revision. */
export interface Repository extends ReadingRoom {
  readonly trust: Trust;
  readonly root: CatalogReference;
  /** The revision that is read, and its tag if it was asked for by one. */
  readonly revision: number;
  /** A catalog, opened or still open from before; do not close it. */
  readonly catalog: (reference: CatalogReference) => Promise<Catalog>;
  readonly close: () => Promise<void>;
}

const mostOpen = 8;

/** Opens a repository: reads its manifest and verifies it by the certificate, that by the whitelist, and that by a master key.
 * @throws CVMFS_NOT_FOUND, CVMFS_INVALID, CVMFS_DAMAGED, CVMFS_UNSUPPORTED, CVMFS_UNAVAILABLE, SIGNATURE_INVALID, WHITELIST_EXPIRED, KEY_UNKNOWN */
export async function openRepository(request: RepositoryRequest, context: ReadContext): Promise<Repository> {
  const room = await openRoom(request, context);
  try {
    const trust = await readTrust(room.source, request, context);
    const { root, revision } = await rootOf(room, trust, request.tag);
    const catalogs = keepOpen(room);
    return {
      ...room,
      trust,
      root,
      revision,
      catalog: catalogs.open,
      close: async () => {
        await catalogs.close();
        await closeRoom(room);
      },
    };
  } catch (error) {
    await closeRoom(room);
    throw error;
  }
}

/** Opens the files of a repository and makes a folder for what must be a file meanwhile; nothing is believed yet.
 * @throws ARGUMENT_INVALID, DISK_FULL, PERMISSION_DENIED */
export async function openRoom(
  request: Pick<RepositoryRequest, 'location' | 'folder' | 'proxy'>,
  context: ReadContext,
): Promise<ReadingRoom & { readonly source: RepositorySource }> {
  const { signal } = context;
  const source = openSource(request.location, request.folder, {
    ...(request.proxy === undefined ? {} : { proxy: request.proxy }),
    ...(signal === undefined ? {} : { signal }),
  });
  const scratch = await mkdtemp(join(tmpdir(), 'binfarm-cvmfs-')).catch((error) => {
    throw translateFileError(error, 'make a folder in', tmpdir());
  });
  return { ...context, source, scratch };
}

/** Ends what `openRoom` began. */
export async function closeRoom({ source, scratch }: ReadingRoom): Promise<void> {
  source.close();
  await removeFolder(scratch);
}

async function rootOf(
  room: ReadingRoom,
  { manifest }: Trust,
  tag: string | undefined,
): Promise<Pick<Repository, 'root' | 'revision'>> {
  if (tag === undefined) {
    return { root: { path: '', hash: manifest.root, size: manifest.rootSize }, revision: manifest.revision };
  }
  const { tags } = await readHistory(room, manifest);
  const found = tags.find(({ name }) => name === tag);
  if (found !== undefined) return { root: { path: '', hash: found.hash, size: found.size }, revision: found.revision };
  const some = tags.slice(0, 10).map(({ name }) => name);
  throw new FarmError('CVMFS_NOT_FOUND', `Cannot read the revision "${tag}" of ${manifest.name}: it has no such tag`, {
    hint: some.length === 0 ? 'It has no tags at all' : `It has ${some.join(', ')}${tags.length > 10 ? ', ...' : ''}`,
  });
}

/** Keeps the catalogs that were used last open. */
function keepOpen(room: ReadingRoom) {
  const open = new Map<string, Promise<Catalog>>();
  const close = async (key: string) => {
    const catalog = open.get(key);
    open.delete(key);
    (await catalog?.catch(() => undefined))?.close();
  };
  return {
    open: async (reference: CatalogReference): Promise<Catalog> => {
      const key = `${reference.hash.hex} ${reference.path}`;
      const found = open.get(key) ?? openCatalog(room, reference);
      open.delete(key);
      open.set(key, found);
      if (open.size > mostOpen) await close(open.keys().next().value!);
      return await found;
    },
    close: async () => {
      for (const key of [...open.keys()]) await close(key);
    },
  };
}
