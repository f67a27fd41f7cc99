import { FarmError } from '../core/farm-error.ts';
import { runProcess } from '../core/run-process.ts';

/** Has everything that was written to the file system of a folder reach the disk: one call instead of one for each of thousands of files.
 * @throws UNEXPECTED when the disk refuses; TOOL_MISSING without sync(1). */
export async function syncFileSystem(folder: string): Promise<void> {
  const { exitCode, stderr } = await runProcess(['sync', '-f', folder]);
  if (exitCode === 0) return;
  throw new FarmError('UNEXPECTED', `Cannot write to the disk what is in "${folder}": ${stderr.trim()}`);
}
