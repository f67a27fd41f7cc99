import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { FarmError, isFarmError } from '../../core/farm-error.ts';
import { runProcess } from '../../core/run-process.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import type { Lock } from '../../model/lock.ts';
import { parseLock } from '../../model/lock-file.ts';
import { type AppContext, type Farm, openFarm } from '../farm/open-farm.ts';
import { compareLocks, type HashedLock, type PlatformChanges } from './compare-locks.ts';
import { createEvaluator, type Evaluator } from './evaluate-stack.ts';
import { loadStackRecipes, readLock } from './solve-stack.ts';

/** How binfarm.lock differs from another one. */
export interface LockDiff {
  /** What it is compared with: a file, or a revision of git. */
  readonly other: string;
  readonly platforms: readonly PlatformChanges[];
}

/** Compares binfarm.lock with another: a file, or itself at a revision of git; at the last commit where none is named.
 * @throws FILE_NOT_FOUND, LOCK_INVALID, LOCK_STALE when there is no lock */
export async function diffLock(
  request: { readonly farm: string; readonly other?: string },
  context: AppContext,
): Promise<LockDiff> {
  const farm = await openFarm(request.farm, context);
  const other = request.other ?? 'HEAD';
  const now = await readLock(farm);
  if (now === undefined) {
    throw new FarmError('LOCK_STALE', `Cannot compare "${farm.paths.lock}": there is none`, { hint: 'binfarm build' });
  }
  const before = (await readLockFile(other)) ?? (await readCommitted(farm, other));
  const names = [before, now].flatMap(({ platforms }) =>
    Object.values(platforms).flatMap(({ packages }) => Object.values(packages).map(({ name }) => name)),
  );
  const evaluate = createEvaluator(farm, await loadStackRecipes(farm, names));
  return { other, platforms: compareLocks(await hashLock(before, evaluate), await hashLock(now, evaluate)) };
}

async function readLockFile(path: string): Promise<Lock | undefined> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) return undefined;
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw translateFileError(error, 'read', path);
  });
  return parseLock(text, path);
}

async function readCommitted(farm: Farm, revision: string): Promise<Lock> {
  const name = basename(farm.paths.lock);
  const shown = `${revision}:${name}`;
  const isRevision = /^[\w@][\w./@^~{}+-]*$/.test(revision);
  const result = isRevision
    ? await runProcess(['git', 'show', `${revision}:./${name}`], { cwd: farm.paths.folder, timeoutSeconds: 60 })
    : undefined;
  if (result?.exitCode === 0) return parseLock(result.stdout, shown);
  const reason = result?.stderr.trim().split('\n')[0] ?? '';
  throw new FarmError(
    'ARGUMENT_INVALID',
    `Cannot compare binfarm.lock with "${revision}": it is neither a file nor a revision of git that has one${reason === '' ? '' : ` (${reason})`}`,
    { hint: 'Name a lock file, a branch or a commit; commit binfarm.lock to compare with it later' },
  );
}

/** The build hashes that today's recipes give what is locked; none for a platform that they can no longer evaluate. */
async function hashLock(lock: Lock, evaluate: Evaluator): Promise<HashedLock> {
  const hashes = new Map<string, ReadonlyMap<string, string>>();
  for (const [platform, solution] of Object.entries(lock.platforms)) {
    try {
      const nodes = await evaluate(platform, solution);
      const built = [...nodes].flatMap(([key, node]) =>
        node.built === undefined ? [] : [[key, node.built.buildHash] as const],
      );
      hashes.set(platform, new Map<string, string>(built));
    } catch (error) {
      if (!isFarmError(error)) throw error;
      hashes.set(platform, new Map());
    }
  }
  return { lock, hashes };
}
