import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFarm, makeTopFolder, type TestFarm } from './farm-fixture.ts';
import { listStored } from './stored-packages.ts';
import { tinyPackages } from './tiny-packages.ts';

const top = makeTopFolder('reproducible');
const launcher = join(import.meta.dirname, '../../bin/binfarm');

/** A package that has the moment of its build in it. */
const clock = {
  'recipe.ts': `import { custom, recipe } from 'binfarm';

export default recipe({
  name: 'clock',
  summary: 'Package that knows when it was built',
  license: 'Apache-2.0',
  category: 'test',
  source: { directory: './src' },
  versions: { '1.0': {} },
  build: custom({ install: ({ prefix }) => [['sh', '-c', 'echo always > $0/always; date +%s.%N > $0/moment', prefix]] }),
});
`,
  'src/README': 'clock',
};

/** Builds everything in a shell that differs from the test's own in all that should not matter. */
function buildStrangely(farm: TestFarm): void {
  const environment = {
    ...process.env,
    ...farm.environment,
    LC_ALL: 'C',
    TZ: 'Asia/Tokyo',
    CFLAGS: '-O3',
    BINFARM_JOBS: '1',
  };
  const script = 'umask 077; exec "$0" build --parallel-builds 1';
  const run = spawnSync('sh', ['-c', script, launcher], { cwd: farm.folder, env: environment, encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
}

async function digestsOf(farm: TestFarm): Promise<Record<string, string>> {
  return Object.fromEntries((await listStored(farm)).map(({ name, digest }) => [name, digest]));
}

test('the same plan gives the same bytes in another farm folder, with another umask, time zone, language and number of jobs', async () => {
  const [one, other] = [makeFarm(join(top, 'one')), makeFarm(join(top, 'another-one-with-a-long-name'))];
  one.build();
  buildStrangely(other);
  const digests = await digestsOf(one);
  assert.deepEqual(Object.keys(digests).sort(), ['alpha', 'beta', 'delta', 'gamma']);
  assert.deepEqual(await digestsOf(other), digests);
});

test('packages whose stored bytes were lost are built again to the same bytes', async () => {
  const farm = makeFarm(join(top, 'again'), { recipes: { alpha: tinyPackages.alpha!, delta: tinyPackages.delta! } });
  farm.build();
  const digests = await digestsOf(farm);
  for (const name of ['binhost', '.binfarm/store', '.binfarm/test-store'])
    rmSync(farm.path(name), { recursive: true, force: true });
  assert.deepEqual(farm.build(), ['alpha', 'delta']);
  assert.deepEqual(await digestsOf(farm), digests);
});

test('binfarm package diff says what differs between two builds of a package that has a time in it', async () => {
  const farms = ['morning', 'evening'].map((name) => makeFarm(join(top, name), { recipes: { clock } }));
  const blobs: string[] = [];
  for (const farm of farms) {
    farm.build();
    blobs.push(farm.path('binhost', 'v2', 'tiny', 'clock', 'blobs', (await digestsOf(farm)).clock!));
  }
  assert.notEqual(blobs[0]!.split('/').at(-1), blobs[1]!.split('/').at(-1));
  const run = farms[0]!.run('package', 'diff', ...blobs);
  assert.equal(run.exitCode, 1, run.stderr);
  assert.match(run.stdout, /\bmoment\b/);
  assert.doesNotMatch(run.stdout, /always/);
});
