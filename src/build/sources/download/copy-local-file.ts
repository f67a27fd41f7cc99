import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isFarmError } from '../../../core/farm-error.ts';
import { formatBytes } from '../../../core/format-quantity.ts';
import type { AddressProblem } from './address-problem.ts';
import type { Download } from './download.ts';
import { appendToPart, emptyPart, finishPart } from './part-file.ts';

/** Gets a file from a `file:` address.
 * @throws DISK_FULL, PERMISSION_DENIED; the signal's reason */
export async function copyLocalFile(url: string, download: Download): Promise<AddressProblem | undefined> {
  const final = (reason: string) => ({ kind: 'final', reason }) as const;
  const { part, size } = download;
  const path = localPathOf(url);
  if (path === undefined) return final('it is not the address of a file on this machine');
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (info instanceof Error)
    return final(info.code === 'EACCES' ? 'this user may not read it' : 'there is no such file');
  if (!info.isFile()) return final('it is not a file');
  if (size !== undefined && info.size !== size) return final(`its size is ${info.size} bytes, not ${size}`);
  if (info.size > download.limits.maxBytes) return final(`its size is ${formatBytes(info.size)}, more than the limit`);
  await emptyPart(part);
  download.onStart(url, 0, info.size);
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, end: info.size })) {
      download.signal?.throwIfAborted();
      await appendToPart(part, chunk as Buffer);
      download.onProgress(part.size, info.size);
    }
  } catch (error) {
    if (isFarmError(error) || download.signal?.aborted) throw error;
    return final(`it cannot be read (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`);
  }
  const got = await finishPart(download.cache, part, download.digest);
  if (got === download.digest) return undefined;
  await emptyPart(part);
  return { kind: 'mismatch', reason: `its checksum is ${got}`, got };
}

function localPathOf(url: string): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}
