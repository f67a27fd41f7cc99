import { closeSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { translateFileError } from '../../core/translate-file-error.ts';

/** A writer of one JSON document a line. */
export interface NdjsonWriter {
  readonly write: (document: unknown) => void;
  readonly close: () => void;
}

/** Writes documents to a file, each at once, so that a reader that follows the file sees them as they happen.
 * @throws PERMISSION_DENIED, DISK_FULL */
export function openNdjsonFile(folder: string, file: string): NdjsonWriter {
  const path = resolve(folder, file);
  try {
    const descriptor = openSync(path, 'w');
    return {
      write: (document) => writeSync(descriptor, `${JSON.stringify(document)}\n`),
      close: () => closeSync(descriptor),
    };
  } catch (error) {
    throw translateFileError(error, 'write events to', path);
  }
}
