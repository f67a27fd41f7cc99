import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFarm, makeTopFolder, namesOf } from './farm-fixture.ts';
import { findTemporary } from './read-tree.ts';
import { runBinfarm } from './run-binfarm.ts';
import { startBinfarm, strayProcesses } from './start-binfarm.ts';
import { verifyStored } from './stored-packages.ts';

const top = makeTopFolder('kill-build');
const farm = makeFarm(join(top, 'farm'));
const everything = ['alpha', 'beta', 'delta', 'gamma'];
const rounds = 26;
let duration = 0;

/** Each round ends the build in one of these ways. */
const ways = [
  { signal: 'SIGKILL', whom: 'group', exitCode: null },
  { signal: 'SIGKILL', whom: 'process', exitCode: null },
  { signal: 'SIGTERM', whom: 'process', exitCode: 143 },
  { signal: 'SIGINT', whom: 'group', exitCode: 130 },
] as const;

/** Takes away all that builds have made. */
function startAfresh(): void {
  for (const name of ['.binfarm', 'binhost', 'binfarm.lock']) rmSync(farm.path(name), { recursive: true, force: true });
}

before(async () => {
  farm.build();
  startAfresh();
  const start = performance.now();
  await startBinfarm(farm, ['build']).ended;
  duration = performance.now() - start;
});

/** What must hold once a build was stopped: what is stored is whole, a second build does the rest, and nothing is left over. */
async function checkThatBuildGoesOn(): Promise<void> {
  // a sandbox that had only begun may wait for ever for its killed parent (bubblewrap 0.8); it does nothing, and the next build ends it
  const strays = (await strayProcesses(top)).filter((line) => !/^\d+ bwrap /.test(line));
  assert.deepEqual(strays, [], 'no process is left');
  const there = await verifyStored(farm);
  const { built, preview } = farm.json<{ built: string[]; preview: { reused: number } }>(['build']);
  assert.deepEqual([...there, ...namesOf(built)].sort(), everything, 'what was stored is not built again');
  assert.equal(preview.reused, there.length);
  assert.deepEqual(await verifyStored(farm), everything);
  assert.deepEqual(await strayProcesses(top), [], 'no process is left after the second build');
  assert.deepEqual(findTemporary(farm.path('binhost')), [], 'nothing half-written is left in the binhost');
  assert.deepEqual(findTemporary(farm.path('.binfarm')), [], 'nothing half-written is left in .binfarm');
}

for (let round = 0; round < rounds; round += 1) {
  const { signal, whom, exitCode } = ways[round % ways.length]!;
  const share = (round + 0.5) / rounds;
  test(`a build that is ended by ${signal} to the ${whom} after ${Math.round(share * 100)} % of its time is finished by the next`, async () => {
    startAfresh();
    const run = startBinfarm(farm, ['build']);
    await sleep(share * duration);
    run.kill(signal, whom);
    const { exitCode: code, stderr } = await run.ended;
    assert.ok([exitCode, null, 0].includes(code), `${code}: ${stderr}`);
    await checkThatBuildGoesOn();
  });
}

const moments = ['farm.locked', 'package.packed', 'package.tested', 'package.stored', 'build.finished'];

for (const moment of moments) {
  test(`a build that is killed at its first event "${moment}" is finished by the next`, async () => {
    startAfresh();
    const run = startBinfarm(farm, ['build', '--events', '-']);
    await run.says(moment);
    run.kill('SIGKILL', 'group');
    await run.ended;
    await checkThatBuildGoesOn();
  });
}

test('a build that is killed while it makes its base makes it whole the next time', async () => {
  startAfresh();
  const cold = { ...farm, environment: { ...farm.environment, BINFARM_CACHE: join(top, 'cold') } };
  const run = startBinfarm(cold, ['build', 'delta', '--events', '-']);
  await run.says('base.started');
  await sleep(300);
  run.kill('SIGKILL', 'group');
  await run.ended;
  const again = runBinfarm(['build', 'delta'], { folder: farm.folder, environment: cold.environment });
  assert.equal(again.exitCode, 0, again.stderr);
  for (const name of ['bases', 'base-packages']) {
    assert.deepEqual(
      readdirSync(join(top, 'cold', name)).filter((entry) => entry.endsWith('.tmp')),
      [],
    );
  }
});
