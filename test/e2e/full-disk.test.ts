import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { makeTopFolder } from './farm-fixture.ts';
import type { FullDiskRun } from './run-on-full-disk.ts';

const top = makeTopFolder('full-disk');
const sizes = [4, 16, 64, 200, 500, 900, 1400, 2000, 8000];
let runs: readonly FullDiskRun[] = [];

before(() => {
  const script = join(import.meta.dirname, 'run-on-full-disk.ts');
  const words = ['-Urm', process.execPath, script, top, ...sizes.map(String)];
  const { status, stdout, stderr } = spawnSync('unshare', words, { encoding: 'utf8', maxBuffer: 1 << 26 });
  assert.equal(status, 0, stderr);
  runs = JSON.parse(stdout) as FullDiskRun[];
});

for (const command of ['build', 'install']) {
  test(`a ${command} on a full disk is DISK_FULL with a hint, whenever the space ends`, () => {
    const own = runs.filter((run) => run.command === command);
    const failed = own.filter(({ exitCode }) => exitCode !== 0);
    assert.ok(failed.length > 2 && failed.length < own.length, `${failed.length} of ${own.length} failed`);
    for (const { error, exitCode, free } of failed) {
      assert.deepEqual([error?.code, exitCode], ['DISK_FULL', 3], `${free} kB: ${error?.message}`);
      assert.match(error?.hint ?? '', /space/);
    }
  });

  test(`a ${command} on a full disk leaves nothing half-written, and succeeds when there is space`, () => {
    for (const run of runs.filter((item) => item.command === command)) {
      assert.deepEqual(run.leftovers, [], `${run.free} kB`);
      assert.deepEqual([run.exitCodeWithSpace, run.leftoversWithSpace], [0, []], `${run.free} kB`);
    }
  });
}
