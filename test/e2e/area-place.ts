import { spawnSync } from 'node:child_process';
import type { Run } from './run-binfarm.ts';

/** Folders that a command is to see at `/media/area` and `/media/binhost`. */
export interface AreaPlace {
  readonly area: string;
  readonly binhost: string;
}

/** Runs a command where an area is always at the same path, because an area has its own path in it, and an old one was made there. Nothing of the machine's own `/media` is seen or touched. */
export function inAreaPlace({ area, binhost }: AreaPlace, argv: readonly string[]): Run {
  const mounts = ['--tmpfs', '/media', '--bind', area, '/media/area', '--bind', binhost, '/media/binhost'];
  const { status, stdout, stderr, error } = spawnSync('bwrap', ['--dev-bind', '/', '/', ...mounts, '--', ...argv], {
    cwd: '/',
    env: { ...process.env, NO_COLOR: '1', CI: '1' },
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  return { exitCode: status, stdout, stderr };
}
