import { setTimeout as sleep } from 'node:timers/promises';
import { FarmError } from '../../../core/farm-error.ts';
import type { ReadContext } from '../read-context.ts';
import { PassingFailure, type RepositorySource } from '../source/repository-source.ts';

const attempts = 5;

/** Does something with a source, again after growing pauses as long as its failures are passing ones.
 * @throws CVMFS_UNAVAILABLE */
export async function withPatience<Result>(
  source: RepositorySource,
  { emit, signal, firstPause = 0.5 }: ReadContext,
  work: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PassingFailure)) throw error;
      const { location } = source;
      if (attempt === attempts) {
        throw new FarmError('CVMFS_UNAVAILABLE', `Cannot read "${location}": ${error.message}`, { cause: error });
      }
      const waitSeconds = firstPause * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
      emit({ type: 'repository.retried', location, reason: error.message, waitSeconds });
      await sleep(waitSeconds * 1000, undefined, signal === undefined ? {} : { signal });
    }
  }
}
