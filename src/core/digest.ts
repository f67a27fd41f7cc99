import { createHash, hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Digest } from './digest-text.ts';

/** The digest of bytes or of a text's UTF-8 form. */
export function digestOf(data: string | Uint8Array): Digest {
  return `sha256:${hash('sha256', data, 'hex')}` as Digest;
}

/** The digest and the size in bytes of a file, read as a stream into one buffer. */
export async function digestOfFile(path: string): Promise<{ digest: Digest; size: number }> {
  const running = createHash('sha256');
  const buffer = Buffer.allocUnsafe(1 << 19);
  let size = 0;
  const file = await open(path, 'r');
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) break;
      running.update(buffer.subarray(0, bytesRead));
      size += bytesRead;
    }
  } finally {
    await file.close();
  }
  return { digest: `sha256:${running.digest('hex')}` as Digest, size };
}
