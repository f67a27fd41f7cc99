import { spawnSync } from 'node:child_process';

/** CPU seconds that `spack solve` takes for the same roots, with nothing reused; undefined where there is no `spack`, or it fails. */
export function timeSpack(roots: readonly string[]): number | undefined {
  const script = 'spack solve --fresh "$@" >/dev/null 2>&1 || exit; times';
  const { status, stdout } = spawnSync('bash', ['-c', script, 'bash', ...roots], { encoding: 'utf8' });
  if (status !== 0) return undefined;
  // the second line is what the children took: 0m15.204s 0m0.931s
  const parts =
    stdout
      .trim()
      .split('\n')[1]
      ?.matchAll(/(\d+)m([\d.]+)s/g) ?? [];
  return [...parts].reduce((sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds), 0);
}

/** True where a `spack` command is at hand. */
export function isSpackThere(): boolean {
  return spawnSync('bash', ['-c', 'command -v spack'], { encoding: 'utf8' }).status === 0;
}
