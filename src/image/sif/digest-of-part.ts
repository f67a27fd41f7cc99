import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { digestOf } from '../../core/digest.ts';

/** The digest of a part of an open file. */
export async function digestOfPart(
  file: FileHandle,
  { offset, size }: { readonly offset: number; readonly size: number },
): Promise<string> {
  if (size === 0) return digestOf('');
  const hash = createHash('sha256');
  const stream = file.createReadStream({
    start: offset,
    end: offset + size - 1,
    autoClose: false,
    highWaterMark: 1 << 20,
  });
  for await (const bytes of stream) hash.update(bytes as Buffer);
  return `sha256:${hash.digest('hex')}`;
}
