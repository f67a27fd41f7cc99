import type { KeyObject } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { FarmError, isFarmError } from '../../core/farm-error.ts';
import { formatSeconds } from '../../core/format-quantity.ts';
import type { ReadContext } from './read-context.ts';
import { readManifest, vouchFor } from './read-trust.ts';
import { openSource } from './source/open-source.ts';

/** Which revision is waited for, and how patiently. */
export interface WaitRequest {
  readonly location: string;
  /** What a relative location is relative to. */
  readonly folder: string;
  readonly keys: readonly KeyObject[];
  readonly name?: string;
  readonly proxy?: URL;
  readonly revision: number;
  readonly everySeconds: number;
  readonly timeoutSeconds: number;
}

/** What a server shows when the waiting is over. */
export interface Shown {
  readonly location: string;
  readonly name: string;
  readonly revision: number;
  readonly waitedSeconds: number;
}

/** Waits until a server, or the proxy before it, shows a revision or a later one, verified. A server that does not answer meanwhile is asked again. Caches are left to do what they do for clients.
 * @throws CVMFS_UNAVAILABLE when the time is over; CVMFS_INVALID, SIGNATURE_INVALID, WHITELIST_EXPIRED, KEY_UNKNOWN */
export async function waitForRevision(request: WaitRequest, context: ReadContext): Promise<Shown> {
  const { signal, emit } = context;
  const source = openSource(request.location, request.folder, {
    ...(request.proxy === undefined ? {} : { proxy: request.proxy }),
    ...(signal === undefined ? {} : { signal }),
  });
  const began = performance.now();
  const waited = () => (performance.now() - began) / 1000;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const seen = await look(source, request, context);
      if (typeof seen !== 'string') return { location: source.location, ...seen, waitedSeconds: waited() };
      if (waited() >= request.timeoutSeconds) throw tooLate(request, source.location, seen);
      const waitSeconds = Math.min(request.everySeconds, Math.max(0.05, request.timeoutSeconds - waited()));
      emit({ type: 'repository.polled', location: source.location, state: seen, waitSeconds });
      await sleep(waitSeconds * 1000, undefined, signal === undefined ? {} : { signal });
    }
  } finally {
    source.close();
  }
}

async function look(
  source: ReturnType<typeof openSource>,
  request: WaitRequest,
  context: ReadContext,
): Promise<{ readonly name: string; readonly revision: number } | string> {
  try {
    const manifest = await readManifest(source, request, context);
    const { name, revision } = manifest;
    if (revision < request.revision) return `it shows revision ${revision}`;
    await vouchFor(source, manifest, { keys: request.keys, now: Date.now() }, context);
    return { name, revision };
  } catch (error) {
    if (isFarmError(error, 'CVMFS_UNAVAILABLE') || isFarmError(error, 'CVMFS_NOT_FOUND')) return error.message;
    throw error;
  }
}

function tooLate({ revision, timeoutSeconds }: WaitRequest, location: string, seen: string): FarmError {
  const time = formatSeconds(timeoutSeconds);
  return new FarmError('CVMFS_UNAVAILABLE', `Cannot see revision ${revision} at "${location}": after ${time}, ${seen}`);
}
