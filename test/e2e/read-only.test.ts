import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { makeTopFolder } from './farm-fixture.ts';
import { runInNamespace } from './run-in-namespace.ts';
import type { SmallDiskRun } from './run-on-small-disk.ts';

const top = makeTopFolder('read-only');
const tries = process.env.BINFARM_TEST_FULL === undefined ? 1 : 15;
let runs: readonly SmallDiskRun[] = [];

before(() => {
  runs = runInNamespace<SmallDiskRun>('run-on-small-disk.ts', [top, 'read-only', String(tries)]);
});

for (const command of ['install', 'upgrade', 'rollback', 'remove', 'gc', 'push']) {
  test(`${command} on a file system that turns read-only in the middle says so, or is done, and what was there stays whole`, () => {
    for (const run of runs.filter((item) => item.command === command)) {
      const about = JSON.stringify(run);
      assert.ok(['old', 'new'].includes(run.state), about);
      if (run.exitCode !== 0) {
        assert.deepEqual([run.error?.code, run.exitCode], ['PERMISSION_DENIED', 3], about);
        assert.match(run.error?.message ?? '', /the file system is read-only/, about);
      }
      assert.deepEqual([run.exitCodeAfter, run.stateAfter], [0, 'new'], about);
    }
  });
}
