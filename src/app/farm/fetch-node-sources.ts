import { isAbsolute, join, resolve } from 'node:path';
import type { Mirror } from '../../build/sources/addresses/mirror.ts';
import { type FetchedSource, fetchSources } from '../../build/sources/fetch-sources.ts';
import { openSourceCache, type SourceCache } from '../../build/sources/source-cache.ts';
import { mapLimit } from '../../core/map-limit.ts';
import type { BuildableNode } from '../stack/farm-node.ts';
import type { AppContext, Farm } from './open-farm.ts';

/** Gives the sources of a package once they are on this machine, verified.
 * @throws DOWNLOAD_FAILED, SOURCE_MISMATCH, DISK_FULL, when a source of this very package cannot be had */
export type SourcesOf = (node: BuildableNode) => Promise<readonly FetchedSource[]>;

const packagesAtOnce = 4;

/** Begins to fetch the sources of packages, in their order; builds need not wait for each other's. */
export async function startFetching(
  nodes: readonly BuildableNode[],
  { farm, context }: { readonly farm: Farm; readonly context: AppContext },
): Promise<SourcesOf> {
  const options = {
    cache: await openFarmSourceCache(farm),
    mirrors: farm.settings.mirrors.map((mirror) => parseMirror(mirror, farm.paths.folder)),
    offline: farm.settings.offline,
    emit: context.emit,
    signal: context.signal,
  };
  const waiting = new Map(nodes.map(({ key }) => [key, Promise.withResolvers<readonly FetchedSource[]>()]));
  for (const { promise } of waiting.values()) promise.catch(() => {}); // told to whoever asks for it
  void mapLimit(nodes, packagesAtOnce, async ({ key, built }) => {
    const { resolve: done, reject } = waiting.get(key)!;
    await fetchSources(built.evaluated.locations, options).then(done, reject);
  });
  return (node) => waiting.get(node.key)!.promise;
}

/** The cache of a farm's sources, which it shares with the other farms of the user. */
export async function openFarmSourceCache(farm: Pick<Farm, 'settings'>): Promise<SourceCache> {
  return await openSourceCache({ directory: join(farm.settings.cache, 'sources') });
}

function parseMirror(text: string, folder: string): Mirror {
  if (text === 'debian') return { kind: 'debian-pool' };
  if (/^https?:\/\//.test(text)) return { kind: 'http', base: text };
  return { kind: 'directory', path: isAbsolute(text) ? text : resolve(folder, text) };
}
