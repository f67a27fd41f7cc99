import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FarmError } from '../../../core/farm-error.ts';
import { formatBytes } from '../../../core/format-quantity.ts';

/** Does some work on a repository and stops it when the repository has grown too large: git itself has no limit for what a server sends.
 * @throws DOWNLOAD_FAILED; what the work throws */
export async function limitRepository(
  repository: string,
  limit: { readonly maxBytes: number; readonly what: string; readonly signal: AbortSignal | undefined },
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const excess = new AbortController();
  const check = async () => {
    if ((await packBytes(repository)) <= limit.maxBytes) return;
    const state = `its repository is larger than the limit of ${formatBytes(limit.maxBytes)}`;
    excess.abort(new FarmError('DOWNLOAD_FAILED', `Cannot fetch source "${limit.what}": ${state}`));
  };
  const timer = setInterval(() => void check(), 500);
  try {
    await work(limit.signal === undefined ? excess.signal : AbortSignal.any([limit.signal, excess.signal]));
  } finally {
    clearInterval(timer);
  }
  await check();
  excess.signal.throwIfAborted();
}

async function packBytes(repository: string): Promise<number> {
  const folder = join(repository, 'objects/pack');
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
