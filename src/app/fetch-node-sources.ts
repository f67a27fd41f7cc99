import { isAbsolute, join, resolve } from 'node:path';
import type { Mirror } from '../build/sources/addresses/mirror.ts';
import { type FetchedSource, fetchSources } from '../build/sources/fetch-sources.ts';
import { openSourceCache } from '../build/sources/source-cache.ts';
import type { BuildableNode } from './farm-node.ts';
import type { AppContext, Farm } from './open-farm.ts';

/** Fetches the sources of packages into the cache, verified, and gives them by digest.
 * @throws DOWNLOAD_FAILED, SOURCE_MISMATCH, DISK_FULL */
export async function fetchNodeSources(
  nodes: readonly BuildableNode[],
  { farm, context }: { readonly farm: Farm; readonly context: AppContext },
): Promise<ReadonlyMap<string, FetchedSource>> {
  const locations = nodes.flatMap(({ built }) => built.evaluated.locations);
  const fetched = await fetchSources(locations, {
    cache: await openFarmSourceCache(farm),
    mirrors: farm.settings.mirrors.map((mirror) => parseMirror(mirror, farm.paths.folder)),
    offline: farm.settings.offline,
    emit: context.emit,
    signal: context.signal,
  });
  return new Map(fetched.map((source) => [source.digest, source]));
}

/** The cache of a farm's sources, which it shares with the other farms of the user. */
export function openFarmSourceCache(farm: Farm) {
  return openSourceCache({ directory: join(farm.settings.cache, 'sources') });
}

function parseMirror(text: string, folder: string): Mirror {
  if (text === 'debian') return { kind: 'debian-pool' };
  if (/^https?:\/\//.test(text)) return { kind: 'http', base: text };
  return { kind: 'directory', path: isAbsolute(text) ? text : resolve(folder, text) };
}
