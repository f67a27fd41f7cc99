import { spawnSync } from 'node:child_process';

/** Wall times of a program that was run several times, in seconds. */
export interface Timing {
  readonly runs: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Runs a program several times, after one run that is not counted, and gives its wall times; it must end with 0. */
export function timeProgram(
  argv: readonly [string, ...string[]],
  options: { readonly runs: number; readonly env?: Readonly<Record<string, string>>; readonly cwd?: string },
): Timing {
  const [program, ...rest] = argv;
  const once = (): number => {
    const begin = performance.now();
    const { status, stderr } = spawnSync(program, rest, {
      env: { ...process.env, ...options.env },
      encoding: 'utf8',
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}: ${stderr}`);
    return (performance.now() - begin) / 1000;
  };
  once();
  const seconds = Array.from({ length: options.runs }, once).toSorted((a, b) => a - b);
  return {
    runs: options.runs,
    median: seconds[Math.floor(seconds.length / 2)]!,
    min: seconds[0]!,
    max: seconds.at(-1)!,
  };
}

/** Prints rows under a head, in columns; the first column is text, the others are numbers. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]!.length)));
  for (const row of [head, ...rows]) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
    );
    console.log(cells.join('  ').trimEnd());
  }
}
