import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestFarm } from './farm-fixture.ts';
import type { Run } from './run-binfarm.ts';

const launcher = join(import.meta.dirname, '../../bin/binfarm');

/** A run of the real program that goes on beside the test. */
export interface StartedRun {
  readonly pid: number;
  /** Sends a signal to the process, or to all of its process group; one that has ended is fine. */
  readonly kill: (signal: NodeJS.Signals, whom: 'process' | 'group') => void;
  /** Waits until what it has written to stdout and stderr has a text in it, or until it ends. */
  readonly says: (text: string) => Promise<void>;
  /** Waits for its end. */
  readonly ended: Promise<Run>;
}

/** Starts the real program in a farm folder, in a process group of its own. */
export function startBinfarm(farm: Pick<TestFarm, 'folder' | 'environment'>, argv: readonly string[]): StartedRun {
  const child = spawn(launcher, argv, {
    cwd: farm.folder,
    env: { ...process.env, NO_COLOR: '1', CI: '1', ...farm.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const written = { stdout: '', stderr: '' };
  const waiters = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      for (const wake of waiters) wake();
    });
  }
  const ended = endOf(child, written);
  return {
    pid: child.pid!,
    kill: (signal, whom) => {
      try {
        process.kill(whom === 'group' ? -child.pid! : child.pid!, signal);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    },
    says: async (text) => {
      const heard = new Promise<void>((resolve) => {
        const look = () => {
          if ((written.stdout + written.stderr).includes(text)) resolve();
        };
        waiters.add(look);
        look();
      });
      await Promise.race([heard, ended]);
    },
    ended,
  };
}

async function endOf(child: ChildProcess, written: { stdout: string; stderr: string }): Promise<Run> {
  await once(child, 'close');
  return { exitCode: child.exitCode, ...written };
}

/** The processes that have something to do with a test's top folder, once they had two seconds to end: by their command line, or by what is mounted for them. */
export async function strayProcesses(top: string): Promise<string[]> {
  for (let round = 0; ; round += 1) {
    const strays = processesOf(basename(top));
    if (strays.length === 0 || round === 40) return strays;
    await sleep(50);
  }
}

function processesOf(text: string): string[] {
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return numbers.flatMap((number) => {
    const command = readProc(`${number}/cmdline`).replaceAll('\0', ' ').trim();
    const isOfFolder = command.includes(text) || readProc(`${number}/mountinfo`).includes(text);
    return isOfFolder ? [`${number} ${command}`] : [];
  });
}

/** A file of /proc, empty when its process has ended or is somebody else's. */
function readProc(path: string): string {
  try {
    return readFileSync(join('/proc', path), 'utf8');
  } catch {
    return '';
  }
}
