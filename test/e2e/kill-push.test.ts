import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import type { Binhost } from '../../src/binhost/binhost.ts';
import { checkBinhost } from '../../src/binhost/check-binhost.ts';
import { openBinhost } from '../../src/binhost/open-binhost.ts';
import { type FaultRegistry, startFaultRegistry } from '../fakes/fault-registry.ts';
import { contentsOf } from './area-state.ts';
import { endAtRandom, quickest, type Timing, timeRun } from './end-at-random.ts';
import { makeTopFolder } from './farm-fixture.ts';
import { createRandomMoments } from './random-moments.ts';
import { makeReleaseFarm, type PlainPackage, type ReleaseFarm } from './release-fixture.ts';
import { startBinfarm, strayProcesses } from './start-binfarm.ts';

const top = makeTopFolder('kill-push');
const rounds = process.env.BINFARM_TEST_FULL === undefined ? 5 : 32;
const moments = createRandomMoments();
const packages = 'abcdefgh'.split('').map((name, index): PlainPackage => {
  return { name, version: '1', bytes: 50_000 + index * 40_000 };
});
let farm: ReleaseFarm;

before(async () => {
  farm = await makeReleaseFarm(join(top, 'farm'), [{ name: '1', packages }]);
});

/** Checks that whatever can be found in a binhost is whole, and that a release is there only with all that it names; gives the names and the bytes of the packages that are. */
async function assertWhole(binhost: Binhost): Promise<{ names: string[]; bytes: number }> {
  const references = await binhost.listReferences();
  const found = [];
  for (const reference of references) {
    const { problem } = await binhost.examine(reference);
    assert.equal(problem, undefined, `${reference.name}: ${problem}`);
    found.push((await binhost.find(reference))!);
  }
  for (const kind of ['release', 'channel'] as const) {
    const documents = await binhost.listDocuments(kind);
    if (documents.length > 0) assert.equal(found.length, packages.length, `${kind} ${documents.join()} came too early`);
    for (const name of documents) assert.ok(await binhost.getDocument(kind, name), name);
  }
  return { names: found.map(({ name }) => name), bytes: found.reduce((sum, { size }) => sum + size, 0) };
}

/** A place to push to, as one round finds it. */
interface Target extends AsyncDisposable {
  readonly location: string;
  readonly registry?: FaultRegistry;
}

function hasBegun({ location, registry }: Target): boolean {
  return registry === undefined ? existsSync(location) : registry.log.length > 0;
}

const targets: readonly { readonly name: string; readonly open: () => Promise<Target> }[] = [
  {
    name: 'directory',
    open: async () => {
      const location = join(top, 'pushed');
      rmSync(location, { recursive: true, force: true });
      return { location, [Symbol.asyncDispose]: async () => {} };
    },
  },
  {
    name: 'registry',
    open: async () => {
      const registry = await startFaultRegistry();
      return {
        location: `oci://${registry.host}/test`,
        registry,
        [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose](),
      };
    },
  },
];

for (const { name, open } of targets) {
  test(`${rounds} random kills of a push to a ${name} leave nothing in it that is not whole, and the next push finishes the work`, async (t) => {
    t.diagnostic(`BINFARM_TEST_SEED=${moments.seed}`);
    let timing: Timing | undefined;
    let wanted: readonly string[] | undefined;
    let total = 0;
    for (let tries = 0; tries < 2; tries += 1) {
      await using target = await open();
      const push = startBinfarm(farm, ['binhost', 'push', target.location]);
      timing = quickest(timing, await timeRun(push, () => hasBegun(target)));
      total = (await assertWhole(openBinhost(target.location, { farm: 'tiny', environment: {} }))).bytes;
      if (target.registry === undefined) wanted = contentsOf(target.location);
    }
    const seen = { done: 0, interrupted: 0, packages: 0 };
    for (let round = 0; round < rounds; round += 1) {
      await using target = await open();
      const { location, registry } = target;
      const push = startBinfarm(farm, ['binhost', 'push', location]);
      const options = { moments, timing: timing!, hasBegun: () => hasBegun(target) };
      const { ended, about } = await endAtRandom(push, options);
      try {
        const binhost = openBinhost(location, { farm: 'tiny', environment: {} });
        const before = await assertWhole(binhost);
        const received = registry?.received() ?? 0;
        const again = await startBinfarm(farm, ['binhost', 'push', location]).ended;
        assert.equal(again.exitCode, 0, again.stderr);
        assert.equal((await assertWhole(binhost)).names.length, packages.length);
        const { damaged, leftovers } = await checkBinhost(binhost, { repair: false });
        assert.deepEqual([damaged, leftovers], [[], []]);
        if (wanted !== undefined) assert.deepEqual(contentsOf(location), wanted);
        const sent = (registry?.received() ?? received) - received;
        assert.ok(
          sent < total - before.bytes + 100_000,
          `${sent} bytes sent again of ${total}, ${before.bytes} were there`,
        );
        seen[ended.exitCode === 0 ? 'done' : 'interrupted'] += 1;
        seen.packages += ended.exitCode === 0 ? 0 : before.names.length;
      } catch (error) {
        throw new Error(`round ${round}, ${about}`, { cause: error });
      }
    }
    assert.deepEqual(await strayProcesses(top), []);
    t.diagnostic(`${seen.interrupted} interrupted with ${seen.packages} packages there by then, ${seen.done} done`);
  });
}
