import { constants, copyFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { formatBytes } from '../../../core/format-quantity.ts';
import { isFarmError } from '../../../core/farm-error.ts';
import { translateFileError } from '../../../core/translate-file-error.ts';
import type { AddressProblem } from './address-problem.ts';
import type { Download } from './download.ts';
import { emptyPart, finishPart } from './part-file.ts';

/** Gets a file from a `file:` address, sharing its blocks with the original where the file system can.
 * @throws DISK_FULL */
export async function copyLocalFile(url: string, download: Download): Promise<AddressProblem | undefined> {
  const final = (reason: string) => ({ kind: 'final', reason }) as const;
  const path = localPathOf(url);
  if (path === undefined) return final('it is not the address of a file on this machine');
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (info instanceof Error) return final(info.code === 'EACCES' ? 'this user may not read it' : 'there is no such file');
  if (!info.isFile()) return final('it is not a file');
  if (download.size !== undefined && info.size !== download.size) return final(`its size is ${info.size} bytes, not ${download.size}`);
  if (info.size > download.limits.maxBytes) return final(`its size is ${formatBytes(info.size)}, more than the limit`);
  await emptyPart(download.part);
  download.onStart(url, 0, info.size);
  try {
    await copyFile(path, download.part.path, constants.COPYFILE_FICLONE);
  } catch (error) {
    const known = translateFileError(error, 'write', download.part.path);
    if (isFarmError(known, 'DISK_FULL')) throw known;
    return final((error as NodeJS.ErrnoException).code === 'EACCES' ? 'this user may not read it' : (error as Error).message);
  }
  const got = await finishPart(download.cache, download.part, download.digest);
  return got === download.digest ? undefined : { kind: 'mismatch', reason: `its checksum is ${got}`, got };
}

function localPathOf(url: string): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}
