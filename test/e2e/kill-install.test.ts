import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFarm, makeTopFolder } from './farm-fixture.ts';
import { findTemporary } from './read-tree.ts';
import { startBinfarm, strayProcesses } from './start-binfarm.ts';

const top = makeTopFolder('kill-install');
const farm = makeFarm(join(top, 'farm'));
const area = join(top, 'area');
const saved = join(top, 'saved');
const rounds = process.env.BINFARM_TEST_FULL === undefined ? 6 : 26; // kill-at-random.test.ts has more of them, without builds
let duration = 0;

const oldOutput = 'gamma read 42 and data of alpha\n';
const newOutput = 'gamma read 43 and data of alpha\n';

const ways = [
  { signal: 'SIGKILL', whom: 'group' },
  { signal: 'SIGKILL', whom: 'process' },
  { signal: 'SIGTERM', whom: 'process' },
  { signal: 'SIGINT', whom: 'group' },
] as const;

/** Puts the area back to its state with the old packages. */
function startAfresh(): void {
  rmSync(area, { recursive: true, force: true });
  cpSync(saved, area, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
}

before(async () => {
  farm.build();
  assert.equal(farm.run('install', '--prefix', area).exitCode, 0);
  cpSync(area, saved, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  farm.edit('recipes/alpha/src/alpha.c', (text) => text.replace('42', '43'));
  assert.deepEqual(farm.build(), ['alpha', 'beta', 'gamma']);
  const start = performance.now();
  await startBinfarm(farm, ['install', '--prefix', area]).ended;
  duration = performance.now() - start;
});

/** What the installed program says when it is run through the area's set-up script, as a user does. */
function outputOfGamma(): string {
  const script = `. ${area}/setup.sh && gamma`;
  const { stdout, stderr } = spawnSync('/bin/sh', ['-c', script], { env: {}, encoding: 'utf8' });
  assert.equal(stderr, '');
  return stdout;
}

for (let round = 0; round < rounds; round += 1) {
  const { signal, whom } = ways[round % ways.length]!;
  const share = (round + 0.5) / rounds;
  test(`an area is at its old or new state when the installation is ended by ${signal} to the ${whom} after ${Math.round(share * 100)} % of its time`, async () => {
    startAfresh();
    const run = startBinfarm(farm, ['install', '--prefix', area]);
    await sleep(share * duration);
    run.kill(signal, whom);
    await run.ended;
    assert.ok([oldOutput, newOutput].includes(outputOfGamma()));
    assert.equal(farm.run('list', area).exitCode, 0);
    assert.deepEqual(await strayProcesses(top), []);

    const again = farm.run('install', '--prefix', area);
    assert.equal(again.exitCode, 0, again.stderr);
    assert.equal(outputOfGamma(), newOutput);
    assert.deepEqual(findTemporary(area), [], 'nothing half-written is left in the area');
  });
}
