import { type ChildProcess, spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A real server program of a test; it ends with the process at the latest. */
export interface ServerProgram extends AsyncDisposable {
  readonly pid: number;
}

/** A port that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a server program and waits until an address answers, with whatever status. */
export async function startServer(
  argv: readonly string[],
  url: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProgram> {
  const [program, ...words] = argv as [string, ...string[]];
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-4000);
    });
  }
  const stop = () => child.kill('SIGTERM');
  process.once('exit', stop);
  await untilAnswering(url, child, () => said);
  for (const handle of [child, child.stdout, child.stderr]) (handle as unknown as { unref(): void }).unref();
  return {
    pid: child.pid!,
    async [Symbol.asyncDispose]() {
      process.off('exit', stop);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.ref();
      stop();
      await ended;
    },
  };
}

async function untilAnswering(url: string, child: ChildProcess, said: () => string): Promise<void> {
  let problem: unknown;
  child.once('error', (error) => {
    problem = error;
  });
  for (let tries = 0; tries < 200; tries += 1) {
    if (problem !== undefined) throw problem;
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}: ${said()}`);
    try {
      await (await fetch(url)).body?.cancel();
      return;
    } catch {
      await sleep(50);
    }
  }
  throw new Error(`${child.spawnfile} does not answer at ${url}: ${said()}`);
}
