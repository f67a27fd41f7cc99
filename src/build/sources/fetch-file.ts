import { rm } from 'node:fs/promises';
import type { Emit } from '../../core/events.ts';
import { FarmError } from '../../core/farm-error.ts';
import { redactSecrets } from '../../core/redact-secrets.ts';
import type { SourceLocation } from '../../model/source-location.ts';
import { type AddressOptions, addressesOf } from './addresses/addresses-of.ts';
import type { AddressProblem } from './download/address-problem.ts';
import { type Download, type DownloadLimits, downloadFrom } from './download/download.ts';
import { claimPart, releasePart } from './download/part-file.ts';
import { cachedPathOf, findSource, type SourceCache } from './source-cache.ts';
import type { SourceEvent } from './source-events.ts';

/** What all files of one fetch share. */
export interface FileFetch extends AddressOptions {
  readonly cache: SourceCache;
  readonly limits: DownloadLimits;
  readonly emit: Emit<SourceEvent>;
  readonly signal?: AbortSignal;
  /** Servers that could not be reached, so that not every file waits for the same silence. */
  readonly unreachable: Map<string, AddressProblem>;
}

interface Failure {
  readonly url: string;
  readonly problem: AddressProblem;
}

/** Makes sure that the cache has an archive or a file, trying its addresses in order.
 * @throws DOWNLOAD_FAILED, SOURCE_MISMATCH when an address gave a wrong file and none the right one, DISK_FULL */
export async function fetchFile(location: SourceLocation, fetch: FileFetch): Promise<{ path: string; size: number }> {
  const { cache, emit } = fetch;
  const { file, digest } = location;
  const started = performance.now();
  const cached = await findSource(cache, digest);
  if (cached !== undefined) {
    emit({ type: 'source.finished', file, digest, bytes: cached.size, seconds: 0, cached: true });
    return cached;
  }
  const addresses = addressesOf(location, fetch);
  const failures = addresses.skipped.map(({ url, reason }): Failure => ({ url, problem: { kind: 'final', reason } }));
  const part = await claimPart(cache, digest);
  try {
    const download: Download = { ...downloadOf(location, fetch), part };
    const done = await tryAddresses(addresses.urls, download, { fetch, location, failures });
    if (done !== undefined) {
      const seconds = (performance.now() - started) / 1000;
      emit({ type: 'source.finished', file, digest, bytes: part.size, seconds, cached: false, url: redactSecrets(done) });
      return { path: cachedPathOf(cache, digest), size: part.size };
    }
  } finally {
    await releasePart(cache, part, digest);
  }
  const meanwhile = await findSource(cache, digest); // another process may have had better luck
  if (meanwhile !== undefined) return meanwhile;
  throw fetchError(location, failures);
}
