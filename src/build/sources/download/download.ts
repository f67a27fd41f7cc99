import { setTimeout as sleep } from 'node:timers/promises';
import type { Digest } from '../../../core/digest-text.ts';
import type { SourceCache } from '../source-cache.ts';
import { type AddressProblem, retryDelay } from './address-problem.ts';
import { copyLocalFile } from './copy-local-file.ts';
import { downloadOnce } from './download-once.ts';
import type { PartFile } from './part-file.ts';

/** How patient downloads are, and how much they may write. */
export interface DownloadLimits {
  /** Tries for each address. */
  readonly attempts: number;
  /** A server that sends nothing for so long is given up. */
  readonly stallSeconds: number;
  /** For a file whose size is not known beforehand. */
  readonly maxBytes: number;
}

/** The limits that hold where the caller names none. Connecting has a limit of its own, 10 s, in Node's `fetch`. */
export const defaultDownloadLimits: DownloadLimits = { attempts: 4, stallSeconds: 30, maxBytes: 4 * 2 ** 30 };

/** One file that is wanted, and whom to tell. */
export interface Download {
  readonly cache: SourceCache;
  readonly digest: Digest;
  readonly size?: number;
  readonly part: PartFile;
  readonly limits: DownloadLimits;
  readonly signal?: AbortSignal;
  /** In [0, 1), for the jitter of pauses. */
  readonly random: () => number;
  readonly onStart: (url: string, resumedAt: number, size: number | undefined) => void;
  readonly onProgress: (bytes: number, size: number | undefined) => void;
  readonly onRetry: (url: string, reason: string, waitSeconds: number) => void;
}

/** Gets a file from one address into the cache, with as many tries as make sense; tells why when it could not be had.
 * `alone`: there is no other address, so a server that cannot be reached is asked again too.
 * @throws DISK_FULL, PERMISSION_DENIED; the signal's reason. The part file then keeps what it has. */
export async function downloadFrom(
  url: string,
  alone: boolean,
  download: Download,
): Promise<AddressProblem | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    download.signal?.throwIfAborted();
    const problem = url.startsWith('file:') ? await copyLocalFile(url, download) : await downloadOnce(url, download);
    if (problem === undefined) return undefined;
    const again = problem.kind === 'passing' || (problem.kind === 'unreachable' && alone);
    if (!again || attempt >= download.limits.attempts) return problem;
    const waitSeconds = retryDelay(attempt, download.random(), problem.waitSeconds);
    download.onRetry(url, problem.reason, waitSeconds);
    await sleep(waitSeconds * 1000, undefined, {
      ...(download.signal === undefined ? {} : { signal: download.signal }),
    });
  }
}
