import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { FarmError } from '../../core/farm-error.ts';
import { endSandbox } from './end-sandbox.ts';
import { type Sandbox, sandboxArgv } from './sandbox-argv.ts';
import { watchProcessTree } from './watch-process-tree.ts';

/** One program to run in a sandbox. */
export interface SandboxRun {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  /** A descriptor that the program gets as 3 and 4: make's jobserver. */
  readonly jobserver?: number;
  /** Gets every line of output, without its line end. */
  readonly onLine: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** How a program in a sandbox ended. */
export interface SandboxResult {
  /** 128 and the signal's number when a signal ended it. */
  readonly exitCode: number;
  readonly timedOut: boolean;
  readonly cpuSeconds: number;
  /** The most memory seen in use by all its processes together, sampled. */
  readonly peakBytes: number;
}

const longestLine = 16_384;

/** Runs a program in a sandbox to its end; its children end with it.
 * @throws TOOL_MISSING without bubblewrap, SANDBOX_UNAVAILABLE where the kernel refuses. */
export async function runSandboxed(sandbox: Sandbox, run: SandboxRun): Promise<SandboxResult> {
  const [program, ...args] = sandboxArgv(sandbox, run.cwd, run.argv) as [string, ...string[]];
  const inherited = run.jobserver === undefined ? [] : [run.jobserver, run.jobserver];
  await rm(join(sandbox.work, 'times'), { force: true });
  run.signal?.throwIfAborted();
  // in a process group of its own: Ctrl-C is for binfarm, which then ends its sandboxes in order
  const child = spawn(program, args, { env: run.env, stdio: ['ignore', 'pipe', 'pipe', ...inherited], detached: true });
  let timedOut = false;
  let refusal = '';
  const kill = () => endSandbox(child.pid);
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, run.timeoutSeconds * 1000);
  run.signal?.addEventListener('abort', kill, { once: true });
  const watch = watchProcessTree(child.pid);
  for (const stream of [child.stdout!, child.stderr!]) {
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
      if (line.startsWith('bwrap: ')) refusal = line;
      run.onLine(line.length > longestLine ? `${line.slice(0, longestLine)} ...` : line);
    });
  }
  try {
    const exitCode = await exitOf(child);
    if (refusal !== '' && exitCode !== 0) throw sandboxRefused(refusal, run.argv);
    return { exitCode, timedOut, cpuSeconds: await readCpuSeconds(sandbox.work), peakBytes: watch.peakBytes() };
  } finally {
    clearTimeout(timer);
    run.signal?.removeEventListener('abort', kill);
    watch.stop();
  }
}

function exitOf(child: ReturnType<typeof spawn>): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT') reject(cause);
      else
        reject(
          new FarmError('TOOL_MISSING', 'Cannot make a sandbox: bubblewrap is not on this machine', {
            hint: 'apt-get install bubblewrap',
            cause,
          }),
        );
    });
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 143)));
  });
}

function sandboxRefused(line: string, argv: readonly string[]): FarmError {
  const notFound = /execvp .*: No such file/.test(line);
  if (notFound) return new FarmError('TOOL_MISSING', `Cannot run "${argv[0]}" in the sandbox: it is not there`);
  return new FarmError('SANDBOX_UNAVAILABLE', `Cannot make a sandbox: ${line}`, {
    hint: 'binfarm doctor says what this machine lacks; user namespaces must be allowed',
  });
}

/** `times` prints minutes and seconds of user and system time, of the shell and then of its children. */
async function readCpuSeconds(work: string): Promise<number> {
  const text = await readFile(join(work, 'times'), 'utf8').catch(() => '');
  return [...text.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
    0,
  );
}
