import type { Emit } from '../../core/events.ts';
import { redactSecrets } from '../../core/redact-secrets.ts';
import type { SourceLocation } from '../../model/source-location.ts';
import { type AddressOptions, addressesOf } from './addresses/addresses-of.ts';
import { checkFileName } from './addresses/check-file-name.ts';
import type { AddressProblem } from './download/address-problem.ts';
import { type Download, type DownloadLimits, downloadFrom } from './download/download.ts';
import { claimPart, type PartFile, releasePart } from './download/part-file.ts';
import { type AddressFailure, sourceFetchError } from './fetch-error.ts';
import { cachedPathOf, findSource, type SourceCache } from './source-cache.ts';
import type { SourceEvent } from './source-events.ts';

/** What all files of one fetch share. */
export interface FileFetch extends AddressOptions {
  readonly cache: SourceCache;
  readonly limits: DownloadLimits;
  readonly emit: Emit<SourceEvent>;
  readonly signal?: AbortSignal;
  /** Servers that could not be reached, by origin: not every file waits for the same silence. */
  readonly unreachable: Map<string, AddressProblem>;
}

/** Makes sure that the cache has an archive or a file, trying its addresses in order.
 * @throws PATH_UNSAFE, DOWNLOAD_FAILED, SOURCE_MISMATCH when an address gave a wrong file and none the right one, DISK_FULL */
export async function fetchFile(location: SourceLocation, fetch: FileFetch): Promise<{ path: string; size: number }> {
  const { cache, emit } = fetch;
  const { file, digest } = location;
  checkFileName(file);
  const started = performance.now();
  const cached = await findSource(cache, digest);
  if (cached !== undefined) {
    emit({ type: 'source.finished', file, digest, bytes: cached.size, seconds: 0, cached: true });
    return cached;
  }
  const addresses = addressesOf(location, fetch);
  const failures: AddressFailure[] = [];
  const part = await claimPart(cache, digest);
  try {
    const url = await tryAddresses(addresses.urls, downloadOf(location, part, fetch), { fetch, file, failures });
    if (url !== undefined) {
      const seconds = (performance.now() - started) / 1000;
      emit({
        type: 'source.finished',
        file,
        digest,
        bytes: part.size,
        seconds,
        cached: false,
        url: redactSecrets(url),
      });
      return { path: cachedPathOf(cache, digest), size: part.size };
    }
  } finally {
    await releasePart(cache, part, digest);
  }
  const meanwhile = await findSource(cache, digest); // another process may have had better luck
  if (meanwhile !== undefined) return meanwhile;
  const skipped = addresses.skipped.map(
    ({ url, reason }): AddressFailure => ({ url, problem: { kind: 'final', reason } }),
  );
  throw sourceFetchError(location, [...failures, ...skipped]);
}

/** Gives the address that had the file, if one had. */
async function tryAddresses(
  urls: readonly string[],
  download: Download,
  context: { readonly fetch: FileFetch; readonly file: string; readonly failures: AddressFailure[] },
): Promise<string | undefined> {
  const { fetch, file, failures } = context;
  for (const url of urls) {
    const origin = URL.canParse(url) ? new URL(url).origin : url;
    const silent = urls.length > 1 ? fetch.unreachable.get(origin) : undefined;
    const problem = silent ?? (await downloadFrom(url, urls.length === 1, download));
    if (problem === undefined) return url;
    if (problem.kind === 'unreachable') fetch.unreachable.set(origin, problem);
    failures.push({ url, problem });
    fetch.emit({
      type: 'source.failed',
      file,
      digest: download.digest,
      url: redactSecrets(url),
      reason: problem.reason,
    });
  }
  return undefined;
}

function downloadOf(location: SourceLocation, part: PartFile, fetch: FileFetch): Download {
  const { file, digest, size } = location;
  const { emit } = fetch;
  const sized = (bytes: number | undefined) => (bytes === undefined ? {} : { size: bytes });
  let lastProgress = 0;
  return {
    cache: fetch.cache,
    digest,
    part,
    limits: fetch.limits,
    random: Math.random,
    ...sized(size),
    ...(fetch.signal === undefined ? {} : { signal: fetch.signal }),
    onStart: (url, resumedAt, total) => {
      emit({ type: 'source.started', file, digest, url: redactSecrets(url), resumedAt, ...sized(total) });
    },
    onProgress: (bytes, total) => {
      const now = performance.now();
      if (now - lastProgress < 200) return;
      lastProgress = now;
      emit({ type: 'source.progressed', file, digest, bytes, ...sized(total) });
    },
    onRetry: (url, reason, waitSeconds) => {
      emit({ type: 'source.retried', file, digest, url: redactSecrets(url), reason, waitSeconds });
    },
  };
}
