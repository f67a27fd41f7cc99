import { FarmError } from '../core/farm-error.ts';
import { runProcess } from '../core/run-process.ts';
import { errorOfComplaint, translateFileError } from '../core/translate-file-error.ts';

/** Has everything that was written to the file system of a folder reach the disk: one call instead of one for each of thousands of files.
 * @throws DISK_FULL, PERMISSION_DENIED; UNEXPECTED when the disk refuses otherwise; TOOL_MISSING without sync(1). */
export async function syncFileSystem(folder: string): Promise<void> {
  const { exitCode, stderr } = await runProcess(['env', 'LC_ALL=C', 'sync', '-f', folder]);
  if (exitCode === 0) return;
  const cause = errorOfComplaint(stderr.trim());
  const known = translateFileError(cause, 'write to the disk what is in', folder);
  if (known !== cause) throw known;
  throw new FarmError('UNEXPECTED', `Cannot write to the disk what is in "${folder}": ${stderr.trim()}`);
}
