import { FarmError } from '../core/farm-error.ts';

/** Says that a binhost names a blob and does not have it, or not all of it. */
export function blobMissing(location: string, state: string, cause?: unknown): FarmError {
  return new FarmError('PACKAGE_DAMAGED', `Cannot read a package's blob from "${location}": ${state}`, {
    hint: 'binfarm binhost check --repair removes what is damaged; then build or push it again',
    ...(cause === undefined ? {} : { cause }),
  });
}
