import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Digest } from './digest-text.ts';

/** The digest of bytes or of a text's UTF-8 form. */
export function digestOf(data: string | Uint8Array): Digest {
  return `sha256:${hash('sha256', data, 'hex')}` as Digest;
}

/** The digest and the size in bytes of a file, read as a stream. */
export async function digestOfFile(path: string): Promise<{ digest: Digest; size: number }> {
  const running = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
    running.update(chunk as Buffer);
    size += (chunk as Buffer).length;
  }
  return { digest: `sha256:${running.digest('hex')}` as Digest, size };
}
