import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const launcher = join(import.meta.dirname, '../../bin/binfarm');

/** How a run of the real program ended. */
export interface Run {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the real program, without colours, in a folder. */
export function runBinfarm(
  argv: readonly string[],
  options: { readonly folder?: string; readonly environment?: Readonly<Record<string, string>> } = {},
): Run {
  const { status, stdout, stderr } = spawnSync(launcher, argv, {
    cwd: options.folder ?? '/',
    env: { ...process.env, NO_COLOR: '1', CI: '1', ...options.environment },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { exitCode: status, stdout, stderr };
}
