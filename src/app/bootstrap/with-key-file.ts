import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { translateFileError } from '../../core/translate-file-error.ts';
import { formatPublicKey, type PublicKey, parsePublicKey } from '../../package/sign/key-file.ts';

/** Lets `work` have a public key as a file, for use cases that are given one by its path; without a key it gets none. A text is the base64 of the key's file.
 * @throws KEY_INVALID, DISK_FULL, PERMISSION_DENIED, and what `work` throws */
export async function withKeyFile<Result>(
  given: PublicKey | string | undefined,
  work: (option: { readonly key?: string }) => Promise<Result>,
): Promise<Result> {
  if (given === undefined) return await work({});
  const key = typeof given === 'string' ? parsePublicKey(pemOf(given), given.slice(0, 200)) : given;
  const folder = await mkdtemp(join(tmpdir(), 'binfarm-key-')).catch((error: unknown) => {
    throw translateFileError(error, 'write in', tmpdir());
  });
  try {
    const path = join(folder, `${key.id}.pub`);
    await writeFile(path, formatPublicKey(key.key));
    return await work({ key: path });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function pemOf(text: string): string {
  return `-----BEGIN PUBLIC KEY-----\n${text}\n-----END PUBLIC KEY-----\n`;
}
