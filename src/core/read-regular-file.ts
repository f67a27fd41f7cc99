import { constants, open } from 'node:fs/promises';
import { FarmError } from './farm-error.ts';

/** Reads a small file that somebody else may have put there: anything other than a file is refused, where a pipe would keep the reader waiting and a device would never end.
 * @throws PATH_EXISTS when it is no file, or has more than `limit` bytes; the errors of the system, such as ENOENT, as they are */
export async function readRegularFile(path: string, limit: number): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const facts = await file.stat();
    const state = facts.isFile() ? `it has ${facts.size} bytes, more than it can have` : 'it is no file';
    if (!facts.isFile() || facts.size > limit) throw new FarmError('PATH_EXISTS', `Cannot read "${path}": ${state}`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
