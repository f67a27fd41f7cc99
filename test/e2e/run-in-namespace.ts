import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Runs a script of this folder where it may mount file systems of its own, which end with it, and gives the results that it prints. */
export function runInNamespace<Result>(script: string, words: readonly string[]): readonly Result[] {
  const argv = ['-Urm', process.execPath, join(import.meta.dirname, script), ...words];
  const { status, stdout, stderr } = spawnSync('unshare', argv, { encoding: 'utf8', maxBuffer: 1 << 26 });
  assert.equal(status, 0, stderr);
  return (JSON.parse(stdout) as { results: readonly Result[] }).results;
}
