import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { FarmError } from '../../../core/farm-error.ts';

/** How a program is run whose output is a stream. */
export interface ReadProcessOptions {
  /** A file that it reads as its standard input; none by default. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Makes the error for a program that fails; `complaint` is the last line of what it wrote to stderr. */
  readonly failure: (complaint: string) => Error;
  readonly hint: string;
  readonly signal?: AbortSignal;
}

/** The output of a program as it comes; the program is ended when the reader stops early.
 * @throws TOOL_MISSING; the error that `failure` makes, also when the program was killed; the signal's reason */
export async function* readProcess(
  argv: readonly [string, ...string[]],
  options: ReadProcessOptions,
): AsyncGenerator<Buffer> {
  const [program, ...args] = argv;
  const input = options.input === undefined ? undefined : await open(options.input, 'r');
  const child = spawn(program, args, {
    stdio: [input?.fd ?? 'ignore', 'pipe', 'pipe'],
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.signal === undefined ? {} : { signal: options.signal, killSignal: 'SIGKILL' as const }),
  });
  let complaints = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-4096);
  });
  const ended = once(child, 'close').catch((error: NodeJS.ErrnoException) => error);
  try {
    await input?.close();
    for await (const chunk of child.stdout!) yield chunk as Buffer;
    const end = await ended;
    options.signal?.throwIfAborted();
    if (end instanceof Error) throw end.code === 'ENOENT' ? toolMissing(program, options.hint, end) : end;
    if (end[0] !== 0)
      throw options.failure(complaints.trim().split('\n').at(-1) || `${program} ended with ${end[0] ?? end[1]}`);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

function toolMissing(program: string, hint: string, cause: unknown): FarmError {
  return new FarmError('TOOL_MISSING', `Cannot run "${program}": there is no such program`, { hint, cause });
}
