import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { buildExecutable, writeExecutable } from '../../script/build-executable.ts';
import { digestOfFile } from '../../src/core/digest.ts';
import { makeFarm, makeTopFolder } from './farm-fixture.ts';
import { snapshotOf } from './read-tree.ts';
import { type Run, runBinfarm } from './run-binfarm.ts';
import { tinyPackages } from './tiny-packages.ts';

const top = makeTopFolder('executable');
const area = join(top, 'area');

/** Large enough that its blobs are unpacked by threads. */
const large = {
  'recipe.ts': tinyPackages
    .delta!['recipe.ts']!.replaceAll('delta', 'large')
    .replace(/build: .*/, "build: none({ '.': 'share' }),")
    .replace('make,', 'none,'),
  'src/data': Array.from({ length: 600_000 }, (_, index) => String(Math.sin(index))).join('\n'),
};
const farm = makeFarm(join(top, 'farm'), { recipes: { ...tinyPackages, large } });
let executable = '';

/** Runs the single executable, with a cache of its own and without what node would need. */
function run(...argv: readonly string[]): Run {
  const environment = {
    ...farm.environment,
    PATH: '/usr/bin:/bin',
    HOME: top,
    NO_COLOR: '1',
    CI: '1',
    NODE_OPTIONS: '--no-such-option',
  };
  const { status, stdout, stderr } = spawnSync(executable, argv, {
    cwd: farm.folder,
    env: environment,
    encoding: 'utf8',
  });
  return { exitCode: status, stdout, stderr };
}

before(async () => {
  executable = (await buildExecutable()).path;
});

test('the executable builds packages: it has recipes, sandbox tools and their interface inside', () => {
  const planned = run('plan');
  assert.equal(planned.exitCode, 0, planned.stderr);
  const { exitCode, stderr } = run('build');
  assert.equal(exitCode, 0, stderr);
  assert.equal(readdirSync(join(top, '.cache/binfarm/executable')).length, 1);
  assert.deepEqual(farm.build(), [], 'what it has built is what this checkout builds');
});

const key = farm.path('keys/farm.key.pub');
const binhost = farm.path('binhost');

/** Command lines in order, and what they print. */
const commands: readonly (readonly [argv: readonly string[], says: RegExp])[] = [
  [['version'], /^binfarm \d/],
  [['doctor'], /flock/],
  [['release', 'create', '2026.1'], /Verified and signed/],
  [['release', 'announce', '2026.1'], /latest/],
  [['release', 'list'], /2026\.1/],
  [['release', 'show', 'latest'], /# tiny 2026\.1/],
  [['release', 'verify', 'latest'], /5 packages/],
  [['package', 'verify'], /5 packages/],
  [['binhost', 'list'], /gamma/],
  [['install', '--prefix', area, '--release', 'tiny/latest', '--from', binhost, '--key', key], /5 packages installed/],
  [['update', area], /Nothing to do/],
  [['list', area], /alpha +1\.0/],
  [['activate', area], /setup\.sh/],
  [['shell', area, '--', 'gamma'], /gamma read 42/],
  [['remove', 'delta', '--area', area], /./],
  [['rollback', area], /generation/],
  [['gc', area], /./],
  [['info', 'alpha'], /Library that knows/],
  [['why', 'alpha'], /beta/],
  [['complete', '--', 'bundle', ''], /create/],
];

for (const [argv, says] of commands) {
  test(`the executable runs "binfarm ${argv.join(' ').replaceAll(top, '')}"`, () => {
    const { exitCode, stdout, stderr } = run(...argv);
    assert.equal(exitCode, argv[0] === 'doctor' ? exitCode : 0, stderr);
    assert.match(stdout, says);
  });
}

test('its threads unpack as those of the checkout do', () => {
  const [own, other] = [join(top, 'own'), join(top, 'two')];
  const argv = ['--release', 'tiny/latest', '--from', binhost, '--key', key];
  assert.equal(run('install', '--prefix', own, ...argv).exitCode, 0);
  assert.equal(runBinfarm(['install', '--prefix', other, ...argv]).exitCode, 0);
  const contents = (folder: string) =>
    snapshotOf(join(folder, 'store')).filter((line) => !/\.binfarm\/|\.pc |\.so |bin\//.test(line)); // those have the area's path
  assert.deepEqual(contents(own), contents(other));
});

test('two builds of the executable have the same bytes', async () => {
  const again = join(top, 'again');
  await writeExecutable(again);
  assert.deepEqual(await digestOfFile(again), await digestOfFile(executable));
});
