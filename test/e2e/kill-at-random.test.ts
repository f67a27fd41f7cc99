import assert from 'node:assert/strict';
import { cpSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { areaLayoutOf } from '../../src/area/area-layout.ts';
import { readActiveGeneration, readGeneration } from '../../src/area/generation.ts';
import { assertWhole, contentsOf, diskUseOf, rememberStore, type StoreReference } from './area-state.ts';
import { endAtRandom, type Timing, timeRun } from './end-at-random.ts';
import { makeTopFolder } from './farm-fixture.ts';
import { createRandomMoments } from './random-moments.ts';
import { makeReleaseFarm, type PlainPackage, type ReleaseFarm } from './release-fixture.ts';
import { startBinfarm, strayProcesses } from './start-binfarm.ts';

const top = makeTopFolder('kill-at-random');
const area = join(top, 'area');
const rounds = process.env.BINFARM_TEST_FULL === undefined ? 6 : 32;
const moments = createRandomMoments();
const states = new Map<string, readonly string[]>();
let farm: ReleaseFarm;
let reference: StoreReference = new Map();

/** Sixteen packages each; of the second release five are new builds, one is gone and one has come. */
const names = 'abcdefghijklmnop'.split('');
const first = names.map((name, index): PlainPackage => plain(name, '1', index));
const second = [
  ...names.slice(0, 15).map((name, index) => plain(name, index % 3 === 0 ? '2' : '1', index)),
  plain('z', '2', 5),
];

function plain(name: string, version: string, index: number): PlainPackage {
  return { name, version, bytes: 20_000 + index * 15_000, files: 6, needs: index % 4 === 1 ? ['a'] : [] };
}

interface Operation {
  readonly name: string;
  /** The area that it begins with: what `states` knows it by. */
  readonly from: string;
  readonly to: string;
  readonly argv: (farm: ReleaseFarm) => readonly string[];
}

const install = (release: string) => (made: ReleaseFarm) => [
  ...['install', '--prefix', area, '--release', `tiny/${release}`, '--from', made.binhost, '--key', made.key],
];

const operations: readonly Operation[] = [
  { name: 'installation', from: 'nothing', to: 'first', argv: install('1') },
  { name: 'upgrade', from: 'first', to: 'second', argv: install('2') },
  { name: 'rollback', from: 'second', to: 'rolled back', argv: () => ['rollback', area, '--to', '1'] },
  { name: 'removal', from: 'second', to: 'removed', argv: () => ['remove', 'b', 'z', '--area', area] },
  { name: 'clean-up', from: 'removed', to: 'cleaned', argv: () => ['gc', area, '--keep', '0'] },
];

function copyArea(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
}

const savedPath = (state: string) => join(top, 'saved', state.replaceAll(' ', '-'));

async function mustRun(argv: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await startBinfarm(farm, argv).ended;
  assert.equal(exitCode, 0, stderr);
}

const timings = new Map<string, Timing>();

/** Tells when somebody has taken the area's lock, from the moment of the call on. */
function watchLock(): () => boolean {
  const changed = () => statSync(join(area, '.lock'), { throwIfNoEntry: false })?.mtimeMs;
  const before = changed();
  return () => changed() !== before;
}

before(async () => {
  farm = await makeReleaseFarm(join(top, 'farm'), [
    { name: '1', packages: first },
    { name: '2', packages: second },
  ]);
  mkdirSync(savedPath('nothing'), { recursive: true });
  mkdirSync(area);
  for (const { name, from, to, argv } of operations) {
    copyArea(savedPath(from), area);
    await mustRun(argv(farm)); // which is slower than the next one: nothing was compiled yet
    copyArea(savedPath(from), area);
    timings.set(name, await timeRun(startBinfarm(farm, argv(farm)), watchLock()));
    reference = rememberStore(area, reference);
    states.set(to, contentsOf(area));
    copyArea(area, savedPath(to));
  }
  states.set('nothing', []);
});

/** The packages in use in a state, undefined before the first. */
async function packagesOf(state: string): Promise<string | undefined> {
  const layout = areaLayoutOf(savedPath(state));
  const active = await readActiveGeneration(layout);
  return active === undefined ? undefined : (await readGeneration(layout, active)).packages.join(' ');
}

for (const { name, from, to, argv } of operations) {
  test(`${rounds} random kills of a ${name} leave the area at its old or its new state, and the next one repairs what is left over`, async (t) => {
    t.diagnostic(`BINFARM_TEST_SEED=${moments.seed}`);
    const [before, after] = [await packagesOf(from), await packagesOf(to)];
    const seen = new Map<string, number>();
    for (let round = 0; round < rounds; round += 1) {
      copyArea(savedPath(from), area);
      const hasBegun = watchLock();
      const timing = timings.get(name)!;
      const { ended, about } = await endAtRandom(startBinfarm(farm, argv(farm)), { moments, timing, hasBegun });
      try {
        const state = (await assertWhole(area, reference))?.join(' ');
        assert.ok(state === before || state === after, `the area has in use: ${state}`);
        const was = ended.exitCode === 0 ? 'done' : state === after ? 'new' : 'old';
        seen.set(was, (seen.get(was) ?? 0) + 1);
        // what was removed cannot be removed again; any other command repairs as well
        await mustRun(name === 'removal' && state === after ? ['rollback', area, '--to', '3'] : argv(farm));
        await assertWhole(area, reference);
        assert.deepEqual(contentsOf(area), states.get(to));
        assert.equal(diskUseOf(area), diskUseOf(savedPath(to)));
      } catch (error) {
        throw new Error(`round ${round}, ${about}`, { cause: error });
      }
    }
    assert.deepEqual(await strayProcesses(top), []);
    t.diagnostic([...seen].map(([state, count]) => `${count} ${state}`).join(', '));
  });
}
