import { FarmError, isFarmError } from '../../../core/farm-error.ts';
import { translateFileError } from '../../../core/translate-file-error.ts';

/** The error for an archive that cannot be read to its end. */
export function archiveInvalid(file: string, state: string, cause?: unknown): FarmError {
  return new FarmError('ARCHIVE_INVALID', `Cannot unpack "${file}": ${state}`, {
    hint: 'Its checksum is the one in the recipe: find out whether its authors have a whole one, and state the checksum of that',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The error for an archive that would do harm if it were unpacked. */
export function archiveUnsafe(file: string, state: string): FarmError {
  return new FarmError('ARCHIVE_UNSAFE', `Cannot unpack "${file}": ${state}`, {
    hint: 'Nothing of it was kept; tell its authors, or use another version',
  });
}

/** Says what an error means that was thrown while an archive was unpacked; a bug of binfarm stays what it is. */
export function translateArchiveError(error: unknown, file: string): unknown {
  if (isFarmError(error) || !(error instanceof Error)) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall !== undefined) return translateFileError(error, 'unpack', file);
  const isDecoderError =
    /^(Z_|ZSTD_|ERR_BUFFER_TOO_LARGE$|ERR_STREAM_PREMATURE_CLOSE$)/.test(code ?? '') || error.constructor === Error;
  if (!isDecoderError) return error;
  return archiveInvalid(file, `it is truncated or damaged (${error.message})`, error);
}
