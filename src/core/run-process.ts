import { type SpawnOptions, spawn } from 'node:child_process';
import { FarmError } from './farm-error.ts';

/** How a short-lived program is run; no shell is ever involved. */
export interface RunProcessOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** More output than this (bytes, each of stdout and stderr; 16 MiB by default) ends the program. */
  readonly maxOutput?: number;
  readonly timeoutSeconds?: number;
}

/** How a program ended and what it wrote. */
export interface ProcessResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end and gives what it wrote; an exit code other than 0 is a result, not an error.
 * @throws TOOL_MISSING when there is no such program. */
export async function runProcess(argv: readonly string[], options: RunProcessOptions = {}): Promise<ProcessResult> {
  const [program, ...args] = argv as [string, ...string[]];
  const spawnOptions: SpawnOptions = { stdio: ['pipe', 'pipe', 'pipe'] };
  if (options.cwd !== undefined) spawnOptions.cwd = options.cwd;
  if (options.env !== undefined) spawnOptions.env = options.env;
  if (options.timeoutSeconds !== undefined) spawnOptions.timeout = options.timeoutSeconds * 1000;
  const child = spawn(program, args, spawnOptions);
  const maxOutput = options.maxOutput ?? 1 << 24;
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  for (const name of ['stdout', 'stderr'] as const) {
    let size = 0;
    child[name]?.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxOutput) child.kill('SIGKILL');
      else chunks[name].push(chunk);
    });
  }
  child.stdin?.on('error', () => {}); // a program may end before it has read its input
  child.stdin?.end(options.input ?? '');
  return await new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ENOENT' ? toolMissing(program, error) : error);
    });
    child.on('close', (exitCode, signal) => {
      resolve({
        exitCode,
        signal,
        stdout: Buffer.concat(chunks.stdout).toString(),
        stderr: Buffer.concat(chunks.stderr).toString(),
      });
    });
  });
}

function toolMissing(program: string, cause: unknown): FarmError {
  return new FarmError('TOOL_MISSING', `Cannot run "${program}": there is no such program`, {
    hint: 'Install it, or run "binfarm doctor" to see all that is missing',
    cause,
  });
}
