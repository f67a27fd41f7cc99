import { digestOfFile } from '../core/digest.ts';
import { FarmError } from '../core/farm-error.ts';
import type { BlobSource } from './depot.ts';

/** Looks whether a file is the blob that it should be.
 * @throws PACKAGE_DAMAGED */
export async function checkBlobFile(
  path: string,
  { digest, size }: Pick<BlobSource, 'digest' | 'size'>,
): Promise<void> {
  const found = await digestOfFile(path);
  if (found.digest === digest && found.size === size) return;
  throw notTheBlob(path, { digest });
}

/** Says that a file is not the blob that it should be. */
export function notTheBlob(path: string, { digest }: Pick<BlobSource, 'digest'>): FarmError {
  return new FarmError('PACKAGE_DAMAGED', `Cannot put "${path}" into a binhost: it is not ${digest}`);
}
