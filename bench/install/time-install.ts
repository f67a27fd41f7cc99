import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One run of a command. */
export interface Run {
  /** Wall time. */
  readonly seconds: number;
  /** The most memory that the command's own process held, in MB; not that of its children. */
  readonly megabytes: number;
}

const pollEvery = 10;

/** Runs a command and gives its wall time and memory; it must end with 0. */
export async function runOnce(argv: readonly [string, ...string[]], cwd: string): Promise<Run> {
  const [program, ...rest] = argv;
  const begin = performance.now();
  const child = spawn(program, rest, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let peak = 0;
  const poll = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid!));
  }, pollEvery);
  let complaint = '';
  child.stderr.on('data', (bytes: Buffer) => {
    complaint += bytes.toString();
  });
  const [status] = (await once(child, 'close')) as [number | null];
  clearInterval(poll);
  if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}: ${complaint}`);
  return { seconds: (performance.now() - begin) / 1000, megabytes: peak / 1e6 };
}

/** "VmHWM" of proc(5), in bytes; 0 when the process is gone. */
function peakOf(pid: number): number {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(match?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

let count = 0;

/** Runs commands in turns, each of them each time with an empty folder of its own that none had before, and gives the runs of each.
 * Nothing is removed in between: for five seconds ext4 looks in vain at every inode that was freed, which would make whoever comes next up to ten times slower. */
export async function runInTurns(
  commands: readonly { readonly name: string; readonly argv: (target: string) => readonly [string, ...string[]] }[],
  { runs, top }: { readonly runs: number; readonly top: string },
): Promise<ReadonlyMap<string, readonly Run[]>> {
  const results = new Map<string, Run[]>(commands.map(({ name }) => [name, []]));
  for (let turn = 0; turn < runs; turn++) {
    for (const { name, argv } of commands) {
      const target = join(top, `t${count++}`);
      mkdirSync(target);
      spawnSync('sync', ['-f', top]);
      results.get(name)!.push(await runOnce(argv(target), top));
    }
  }
  return results;
}

/** The run in the middle by its wall time. */
export function medianOf(runs: readonly Run[]): Run {
  return runs.toSorted((a, b) => a.seconds - b.seconds)[Math.floor(runs.length / 2)]!;
}
