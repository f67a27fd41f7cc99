import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertRepository, leftoversIn, objectsIn } from './cvmfs-state.ts';
import { endAtRandom, quickest, type Timing, timeRun } from './end-at-random.ts';
import { makeTopFolder } from './farm-fixture.ts';
import { createRandomMoments } from './random-moments.ts';
import { runBinfarm } from './run-binfarm.ts';
import { startBinfarm } from './start-binfarm.ts';

const top = makeTopFolder('cvmfs-kill');
const rounds = process.env.BINFARM_TEST_FULL === undefined ? 20 : 200;
const moments = createRandomMoments();
const farm = { folder: top, environment: { BINFARM_CACHE: join(top, 'cache') } };
const folder = join(top, 'repository');
const saved = join(top, 'saved');
const keys = join(top, 'keys');
const masterPublic = join(keys, 'sw.test.org.pub');

function writeTree(name: string, marks: readonly string[]): string {
  const tree = join(top, name);
  marks.forEach((mark, index) => {
    const place = join(tree, 'sw', `tool${index}`, '1.0');
    mkdirSync(place, { recursive: true });
    for (let file = 0; file < 120; file += 1) writeFileSync(join(place, `${file}.txt`), `${mark} ${file}\n`.repeat(40));
  });
  return tree;
}

function run(...argv: string[]): void {
  const { exitCode, stderr } = runBinfarm(['cvmfs', ...argv], farm);
  assert.equal(exitCode, 0, stderr);
}

function restore(): void {
  rmSync(folder, { recursive: true, force: true });
  cpSync(saved, folder, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
}

const first = writeTree('first', ['a', 'b', 'c']);
const second = writeTree('second', ['a', 'B', 'C', 'd', 'e']);
run('init', 'sw.test.org', '--to', folder, '--keys', keys);
run('publish', first, '--to', folder);
cpSync(folder, saved, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
const before = assertRepository(folder, masterPublic);
const state = () =>
  [
    readlinkSync(join(folder, '.revision')),
    objectsIn(folder).length,
    readdirSync(join(folder, '.binfarm/journal')).length,
  ].join();
const untouched = state();

const operations = [
  { name: 'publish', argv: ['cvmfs', 'publish', second, '--to', folder] },
  { name: 'tag', argv: ['cvmfs', 'tag', 'kept', '--repository', folder] },
];

for (const [position, { name, argv }] of operations.entries()) {
  const count = position === 0 ? rounds - rounds / 4 : rounds / 4;
  test(`after ${count} kills of a ${name} at random moments the repository is at its old or new revision, and the next run cleans up`, async (t) => {
    t.diagnostic(`BINFARM_TEST_SEED=${moments.seed}`);
    const hasBegun = () => state() !== untouched;
    let timing: Timing | undefined;
    restore();
    timing = quickest(timing, await timeRun(startBinfarm(farm, argv), hasBegun));
    const after = assertRepository(folder, masterPublic);
    const wanted = objectsIn(folder).filter((object) => !/[CH]$/.test(object));
    const seen = { old: 0, new: 0 };
    for (let round = 0; round < count; round += 1) {
      restore();
      const { about } = await endAtRandom(startBinfarm(farm, argv), { moments, timing, hasBegun });
      try {
        const found = assertRepository(folder, masterPublic);
        const isOld = found.revision === before.revision;
        assert.deepEqual(found.entries, isOld ? before.entries : after.entries);
        seen[isOld ? 'old' : 'new'] += 1;
        const again = await startBinfarm(farm, argv).ended;
        assert.equal(again.exitCode, 0, again.stderr);
        assert.deepEqual(assertRepository(folder, masterPublic).entries, after.entries);
        assert.deepEqual(
          objectsIn(folder).filter((object) => !/[CH]$/.test(object)),
          wanted,
        );
        assert.deepEqual(leftoversIn(folder), []);
      } catch (error) {
        throw new Error(`round ${round}, ${about}`, { cause: error });
      }
    }
    t.diagnostic(`${seen.old} at the old revision, ${seen.new} at the new one`);
  });
}

test('what a killed publication of another tree has left goes with the next one', async () => {
  const hasBegun = () => state() !== untouched;
  restore();
  const timing = await timeRun(startBinfarm(farm, operations[0]!.argv), hasBegun);
  for (let round = 0; round < 3; round += 1) {
    restore();
    await endAtRandom(startBinfarm(farm, operations[0]!.argv), { moments, timing, hasBegun });
    if (readlinkSync(join(folder, '.revision')) !== untouched.split(',')[0]) continue;
    const third = writeTree(`third${round}`, ['x']);
    run('publish', third, '--to', folder);
    assertRepository(folder, masterPublic);
    assert.deepEqual(leftoversIn(folder), []);
    const added = objectsIn(folder).filter((object) => !objectsIn(saved).includes(object) && !/[CH]$/.test(object));
    assert.equal(added.length, 120);
  }
});
