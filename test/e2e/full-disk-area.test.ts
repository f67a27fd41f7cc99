import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { makeTopFolder } from './farm-fixture.ts';
import { runInNamespace } from './run-in-namespace.ts';
import type { SmallDiskRun } from './run-on-small-disk.ts';

const top = makeTopFolder('full-disk-area');
const tries = process.env.BINFARM_TEST_FULL === undefined ? 2 : 25;
let runs: readonly SmallDiskRun[] = [];

before(() => {
  runs = runInNamespace<SmallDiskRun>('run-on-small-disk.ts', [top, 'full', String(tries)]);
});

for (const command of ['install', 'upgrade', 'rollback', 'remove', 'gc', 'push']) {
  test(`${command} on a disk whose space ends at a random point is DISK_FULL with a hint, or done, and what was there stays whole`, () => {
    for (const run of runs.filter((item) => item.command === command)) {
      const about = JSON.stringify(run);
      assert.ok(['old', 'new'].includes(run.state), about);
      if (run.exitCode === 0) assert.equal(run.state, 'new', about);
      else assert.deepEqual([run.error?.code, run.exitCode], ['DISK_FULL', 3], about);
      if (run.exitCode !== 0) assert.match(run.error?.hint ?? '', /space/, about);
      assert.deepEqual([run.exitCodeAfter, run.stateAfter], [0, 'new'], about);
    }
  });
}

test('the space did end in the middle of some of them', () => {
  const failed = runs.filter(({ exitCode }) => exitCode !== 0).map(({ command }) => command);
  assert.deepEqual(
    [...new Set(failed)].filter((command) => ['install', 'upgrade', 'push'].includes(command)).length,
    3,
  );
});

test('an area on a disk that is full to the last byte can be cleaned', () => {
  for (const run of runs.filter(({ command }) => command === 'gc')) assert.equal(run.exitCode, 0, JSON.stringify(run));
});
