import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFarm, makeTopFolder, namesOf } from './farm-fixture.ts';
import type { Run } from './run-binfarm.ts';
import { startBinfarm, strayProcesses } from './start-binfarm.ts';
import { tinyPackages } from './tiny-packages.ts';

const top = makeTopFolder('two-at-once');

/** Delta, and beside it a package whose build takes its time. */
const recipes = {
  delta: tinyPackages.delta!,
  slow: {
    'recipe.ts': `import { custom, recipe } from 'binfarm';

export default recipe({
  name: 'slow',
  summary: 'Package that takes its time',
  license: 'Apache-2.0',
  category: 'test',
  source: { directory: './src' },
  versions: { '1.0': {} },
  build: custom({ install: ({ prefix }) => [['sleep', '1.5'], ['cp', 'slow.txt', prefix]] }),
});
`,
    'src/slow.txt': 'slow',
  },
};

interface Built {
  readonly built: readonly string[];
}

function builtBy({ stdout }: Run): string[] {
  return namesOf((JSON.parse(stdout) as Built).built);
}

test('of two builds in one farm folder one works, and the other waits, says for whom, and finds nothing left to do', async () => {
  const farm = makeFarm(join(top, 'waits'), { recipes });
  const first = startBinfarm(farm, ['build', '--json']);
  await first.says('slow 1.0  started');
  const second = startBinfarm(farm, ['build', '--json']);
  const [one, other] = await Promise.all([first.ended, second.ended]);
  assert.deepEqual([one.exitCode, other.exitCode], [0, 0], other.stderr);
  assert.deepEqual(builtBy(one), ['delta', 'slow']);
  assert.deepEqual(builtBy(other), []);
  assert.match(other.stderr, new RegExp(`Waiting.*binfarm build.*\\b${first.pid}\\b`));
});

test('with --no-wait a second build fails at once with LOCKED, and names who is at work', async () => {
  const farm = makeFarm(join(top, 'fails'), { recipes });
  const first = startBinfarm(farm, ['build']);
  await first.says('slow 1.0  started');
  const { error } = farm.json<{
    error: { code: string; message: string; hint: string; details: { owner: { pid: number } } };
  }>(['build', '--no-wait'], 3);
  assert.equal(error.code, 'LOCKED');
  assert.match(error.message, new RegExp(`"binfarm build" \\(process ${first.pid} on `));
  assert.match(error.hint, /--no-wait/);
  assert.equal(error.details.owner.pid, first.pid);
  assert.equal((await first.ended).exitCode, 0);
});

test('what only reads works while a build is under way', async () => {
  const farm = makeFarm(join(top, 'reads'), { recipes });
  const first = startBinfarm(farm, ['build']);
  await first.says('slow 1.0  started');
  for (const argv of [['plan'], ['info', 'slow'], ['why', 'slow']]) {
    const run = farm.run(...argv);
    assert.equal(run.exitCode, 0, run.stderr);
  }
  assert.equal((await first.ended).exitCode, 0);
});

test('several plans at once in a new farm all make do with the ledger that one of them makes', async () => {
  const farm = makeFarm(join(top, 'plans'), { recipes: { delta: tinyPackages.delta! } });
  const runs = Array.from({ length: 4 }, () => startBinfarm(farm, ['plan']));
  for (const { exitCode, stderr } of await Promise.all(runs.map(({ ended }) => ended)))
    assert.equal(exitCode, 0, stderr);
});

test('a build that waits ends at Ctrl-C, and the one that works goes on', async () => {
  const farm = makeFarm(join(top, 'stops'), { recipes });
  const first = startBinfarm(farm, ['build', '--json']);
  await first.says('slow 1.0  started');
  const second = startBinfarm(farm, ['build']);
  await second.says('Waiting');
  second.kill('SIGINT', 'process');
  assert.equal((await second.ended).exitCode, 130);
  assert.deepEqual(builtBy(await first.ended), ['delta', 'slow']);
  assert.deepEqual(await strayProcesses(top), []);
});

test('a lock whose holder was killed is free at once', async () => {
  const farm = makeFarm(join(top, 'frees'), { recipes });
  const first = startBinfarm(farm, ['build']);
  await first.says('slow 1.0  started');
  first.kill('SIGKILL', 'process');
  await first.ended;
  await strayProcesses(top);
  assert.ok(farm.build('--no-wait').includes('slow'));
});

test('two installations into one area follow one another, and both sets of packages are there', async () => {
  const farm = makeFarm(join(top, 'areas'));
  farm.build();
  const area = join(top, 'area');
  const runs = [
    startBinfarm(farm, ['install', '-p', area, 'gamma']),
    startBinfarm(farm, ['install', '-p', area, 'delta']),
  ];
  for (const { exitCode, stderr } of await Promise.all(runs.map(({ ended }) => ended)))
    assert.equal(exitCode, 0, stderr);
  const { packages, generations } = farm.json<{ packages: { name: string }[]; generations: number[] }>(['list', area]);
  assert.deepEqual(
    packages.map(({ name }) => name),
    ['alpha', 'beta', 'delta', 'gamma'],
  );
  assert.deepEqual(generations, [1, 2]);
});
