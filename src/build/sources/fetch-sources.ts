import type { Emit } from '../../core/events.ts';
import { isFarmError } from '../../core/farm-error.ts';
import { mapLimit } from '../../core/map-limit.ts';
import type { SourceLocation } from '../../model/source-location.ts';
import type { Mirror } from './addresses/mirror.ts';
import { readAptBases } from './addresses/read-apt-bases.ts';
import { type DownloadLimits, defaultDownloadLimits } from './download/download.ts';
import { joinFetchErrors } from './fetch-error.ts';
import { type FileFetch, fetchFile } from './fetch-file.ts';
import { fetchCommit } from './git/fetch-commit.ts';
import type { SourceCache } from './source-cache.ts';
import type { SourceEvent } from './source-events.ts';
import { checkDirectorySource } from './tree/check-directory-source.ts';

/** Where and how sources are fetched. */
export interface FetchSourcesOptions {
  readonly cache: SourceCache;
  /** In order of preference; none by default. */
  readonly mirrors?: readonly Mirror[];
  /** Mirrors before upstream's own address. */
  readonly mirrorsFirst?: boolean;
  /** Nothing but the cache and folders of this machine. */
  readonly offline?: boolean;
  /** Sources fetched at once; 4 by default. */
  readonly concurrency?: number;
  readonly emit?: Emit<SourceEvent>;
  readonly signal?: AbortSignal;
  readonly limits?: Partial<DownloadLimits>;
  /** Where apt's configuration is; /etc/apt by default. */
  readonly aptDirectory?: string;
}

/** A source that is on this machine and has the content that its plan names; `unpackSource` takes it from here. */
export interface FetchedSource {
  readonly kind: SourceLocation['kind'];
  readonly digest: SourceLocation['digest'];
  readonly file: string;
  /** A file in the cache, the folder of a directory source, or a bare repository. */
  readonly path: string;
  /** Of the file as it was fetched; 0 for directories and repositories. */
  readonly bytes: number;
  /** For git. */
  readonly commit?: string;
}

/** Brings sources onto this machine, verified, and gives them in the order asked for; one that is asked for twice is fetched once. The
 * others go on when one fails; then one error tells of all that failed. What was downloaded of a file stays for the next try.
 * @throws DOWNLOAD_FAILED, SOURCE_MISMATCH, DISK_FULL, TOOL_MISSING (git), RECIPE_INVALID, PATH_UNSAFE; the signal's reason */
export async function fetchSources(
  locations: readonly SourceLocation[],
  options: FetchSourcesOptions,
): Promise<FetchedSource[]> {
  const fetch = await prepareFetch(options);
  const distinct = new Map(locations.map((location) => [keyOf(location), location]));
  const failures: unknown[] = [];
  const fetched = await mapLimit(distinct, options.concurrency ?? 4, async ([key, location]) => {
    try {
      return [key, await fetchSource(location, fetch)] as const;
    } catch (error) {
      if (!isFarmError(error) || error.code === 'DISK_FULL') throw error;
      failures.push(error);
      return [key, undefined] as const;
    }
  });
  if (failures.length > 0) throw joinFetchErrors(failures, distinct.size);
  const byKey = new Map(fetched);
  return locations.map((location) => ({ ...byKey.get(keyOf(location))!, file: location.file }));
}

async function prepareFetch(options: FetchSourcesOptions): Promise<FileFetch> {
  const mirrors = options.mirrors ?? [];
  return {
    cache: options.cache,
    mirrors,
    mirrorsFirst: options.mirrorsFirst ?? false,
    offline: options.offline ?? false,
    aptBases: mirrors.some(({ kind }) => kind === 'debian-pool') ? await readAptBases(options.aptDirectory) : [],
    limits: { ...defaultDownloadLimits, ...options.limits },
    emit: options.emit ?? (() => {}),
    unreachable: new Map(),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
}

async function fetchSource(location: SourceLocation, fetch: FileFetch): Promise<FetchedSource> {
  const { kind, digest, file } = location;
  switch (kind) {
    case 'archive':
    case 'file': {
      const { path, size } = await fetchFile(location, fetch);
      return { kind, digest, file, path, bytes: size };
    }
    case 'directory':
      return { kind, digest, file, path: await checkDirectorySource(location), bytes: 0 };
    case 'git':
      return { kind, digest, file, bytes: 0, ...(await fetchCommit(location, fetch)) };
  }
}

function keyOf({ kind, digest }: SourceLocation): string {
  return `${kind} ${digest}`;
}
