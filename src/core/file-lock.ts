import { spawn } from 'node:child_process';
import { lstat, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { FarmError } from './farm-error.ts';
import { formatSeconds } from './format-quantity.ts';
import { errorOfComplaint, translateFileError } from './translate-file-error.ts';

/** Who holds a lock, as it is written into the lock's file for others to read. */
export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  readonly command: string;
  /** ISO 8601. */
  readonly since: string;
}

/** How to take a lock. */
export interface FileLockOptions {
  /** What the holder is doing, for whoever waits: `binfarm build`. */
  readonly command: string;
  /** False: fail at once with LOCKED. True: wait, after `onWait` has been told for whom. */
  readonly wait: boolean;
  readonly onWait?: (owner: LockOwner | undefined) => void;
  /** Ends the waiting; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** A lock that is held until `close`, or until this process ends in whatever way. */
export interface FileLock {
  readonly close: () => Promise<void>;
}

/** Takes an exclusive lock on a file by flock(1), which the kernel releases when the holder is gone, so that no lock is ever stale.
 * The holder is a child that ends when its standard input does; its file names the owner.
 * @throws LOCKED when another process holds it and `wait` is false; PATH_EXISTS when something else than a file is there; TOOL_MISSING without flock(1). */
export async function takeFileLock(path: string, options: FileLockOptions): Promise<FileLock> {
  await refuseOtherThanFile(path);
  const first = await holdLock(path, options, true);
  if (first) return first;
  const owner = await readLockOwner(path);
  if (!options.wait) {
    throw new FarmError('LOCKED', `Cannot take the lock "${path}": ${describeOwner(owner)}`, {
      hint: 'Wait for it to end, or run the command without --no-wait',
      details: { owner },
    });
  }
  options.onWait?.(owner);
  for (;;) {
    options.signal?.throwIfAborted();
    const later = await holdLock(path, options, false);
    if (later) return later;
  }
}

/** In a folder that a group shares, somebody could lay a link in the lock's place, and have the owner's record written over what it leads to. */
async function refuseOtherThanFile(path: string): Promise<void> {
  const facts = await lstat(path).catch(() => undefined);
  if (facts === undefined || facts.isFile()) return;
  throw new FarmError('PATH_EXISTS', `Cannot take the lock "${path}": it is no file`, {
    hint: 'Look what it is, and remove it',
  });
}

/** Says in words who holds a lock. */
export function describeOwner(owner: LockOwner | undefined): string {
  if (owner === undefined) return 'another process holds it';
  const seconds = Math.max(0, (Date.now() - Date.parse(owner.since)) / 1000);
  return `"${owner.command}" (process ${owner.pid} on ${owner.host}) has held it for ${formatSeconds(seconds)}`;
}

/** Reads who holds, or last held, a lock; undefined when its file says nothing that can be read. */
export async function readLockOwner(path: string): Promise<LockOwner | undefined> {
  try {
    const owner = JSON.parse(await readFile(path, 'utf8')) as LockOwner;
    return typeof owner.pid === 'number' && typeof owner.command === 'string' ? owner : undefined;
  } catch {
    return undefined; // absent, or just being written: the lock itself does not depend on it
  }
}

const conflictExitCode = 75;

/** How long one flock waits, and so how long one can be left over when its parent was killed. */
const waitSeconds = 10;

/** `$0` is the lock's file, `$1` the owner's record without its first brace and without its time, which is that of the taking. */
const holderScript =
  'printf \'{"since":"%s",%s\\n\' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" > "$0"; echo held; exec cat > /dev/null';

function holdLock(
  path: string,
  { command, signal }: Pick<FileLockOptions, 'command' | 'signal'>,
  failAtOnce: boolean,
): Promise<FileLock | undefined> {
  const owner: Omit<LockOwner, 'since'> = { pid: process.pid, host: hostname(), command };
  const patience = failAtOnce ? ['--nonblock'] : ['--timeout', String(waitSeconds)];
  const mode = ['--exclusive', '--no-fork', '--conflict-exit-code', String(conflictExitCode), ...patience];
  const argv = [...mode, path, 'sh', '-c', holderScript, path, JSON.stringify(owner).slice(1)];
  // in a session of its own, since Ctrl-C reaches all others at once, and the lock must outlast the work
  const env = { ...process.env, LC_ALL: 'C' }; // its complaints are read
  const holder = spawn('flock', argv, { env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  let complaint = '';
  holder.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    const stopWaiting = () => holder.kill();
    signal?.addEventListener('abort', stopWaiting);
    const ended = new Promise<void>((done) => holder.on('close', () => done()));
    holder.stdin.on('error', () => {}); // the holder ended first, which `close` reports
    holder.on('error', (cause: NodeJS.ErrnoException) => {
      const message = `Cannot take the lock "${path}": flock cannot be run`;
      reject(new FarmError('TOOL_MISSING', message, { hint: 'Install util-linux', cause }));
    });
    holder.stdout.once('data', () => {
      signal?.removeEventListener('abort', stopWaiting);
      holder.unref();
      for (const stream of [holder.stdin, holder.stdout, holder.stderr])
        (stream as unknown as { unref(): void }).unref();
      resolve({
        close: async () => {
          holder.ref();
          holder.stdin.end();
          await ended;
        },
      });
    });
    holder.on('close', (code) => {
      signal?.removeEventListener('abort', stopWaiting);
      if (code === conflictExitCode) resolve(undefined);
      else reject(signal?.aborted ? signal.reason : lockRefused(path, complaint.trim() || `flock ended with ${code}`));
    });
  });
}

function lockRefused(path: string, complaint: string): unknown {
  const cause = errorOfComplaint(complaint);
  const known = translateFileError(cause, 'take the lock', path);
  return known === cause ? new FarmError('PERMISSION_DENIED', `Cannot take the lock "${path}": ${complaint}`) : known;
}
