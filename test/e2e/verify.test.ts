import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, beforeEach, test } from 'node:test';
import { makeTopFolder } from './farm-fixture.ts';
import { makeReleaseFarm, type ReleaseFarm } from './release-fixture.ts';
import { runBinfarm } from './run-binfarm.ts';

const top = makeTopFolder('verify');
const area = join(top, 'area');
let farm: ReleaseFarm;
let install: readonly string[];

before(async () => {
  const packages = ['a', 'b', 'c'].map((name) => ({ name, version: '1', bytes: 20_000 }));
  farm = await makeReleaseFarm(join(top, 'farm'), [{ name: '1', packages }]);
  install = ['install', '--prefix', area, '--release', 'tiny/1', '--from', farm.binhost, '--key', farm.key];
});

beforeEach(() => {
  rmSync(area, { recursive: true, force: true });
  assert.equal(runBinfarm(install).exitCode, 0);
});

interface Index {
  unsettled?: { boot: string; packages: string[] };
  packages: Record<string, { name: string }>;
}

function readIndex(): Index {
  return JSON.parse(readFileSync(join(area, 'area.json'), 'utf8')) as Index;
}

function folderOf(name: string): string {
  const [storeName] = Object.entries(readIndex().packages).find(([, item]) => item.name === name)!;
  return join(area, 'store', storeName);
}

const dataOf = (name: string) => join(folderOf(name), `share/${name}/large`);

function verify(...argv: string[]) {
  const { exitCode, stdout, stderr } = runBinfarm(['verify', area, '--json', ...argv]);
  assert.equal(stderr, '');
  return { exitCode, ...(JSON.parse(stdout) as { damaged: string[]; packages: { faults: object[] }[] }) };
}

test('what nobody touched is as it was installed, relocated files too', () => {
  assert.deepEqual(verify().damaged, []);
  assert.equal(verify().exitCode, 0);
});

const harms: readonly [string, string, () => void][] = [
  ['a changed byte', 'changed', () => writeFileSync(dataOf('b'), Buffer.alloc(20_000))],
  ['a byte more', 'changed', () => appendFileSync(dataOf('b'), 'x')],
  ['a file cut short', 'changed', () => truncateSync(dataOf('b'), 4096)],
  ['a relocated script', 'changed', () => appendFileSync(join(folderOf('b'), 'bin/b'), '# more\n')],
  ['a file that is gone', 'missing', () => rmSync(dataOf('b'))],
  ['a program that cannot be run', 'changed', () => chmodSync(join(folderOf('b'), 'bin/b'), 0o644)],
];

for (const [says, state, harm] of harms) {
  test(`verify finds ${says}, and --repair has the next installation write the package anew`, () => {
    harm();
    const found = verify();
    assert.equal(found.exitCode, 1);
    assert.equal(found.damaged.length, 1);
    assert.equal(found.packages.flatMap(({ faults }) => faults).length, 1);
    assert.match(JSON.stringify(found.packages), new RegExp(`"state":"${state}"`));
    assert.equal(verify('--repair').exitCode, 0);
    assert.equal(runBinfarm(install).exitCode, 0);
    assert.deepEqual(verify().damaged, []);
  });
}

test('a file that somebody added is told, and is no damage', () => {
  writeFileSync(join(folderOf('a'), 'share/note'), '');
  const found = verify();
  assert.equal(found.exitCode, 0);
  assert.match(JSON.stringify(found.packages), /"path":"share\/note","state":"unexpected"/);
});

test('a package whose own records are gone is damaged', () => {
  rmSync(join(folderOf('c'), '.binfarm'), { recursive: true });
  assert.deepEqual(verify().damaged.length, 1);
});

test('after the machine was started anew, what had not reached the disk is found and written again, and the rest is believed from then on', () => {
  const index = readIndex();
  assert.equal(index.unsettled?.packages.length, 3, 'the three packages are not yet known to have reached the disk');
  truncateSync(dataOf('b'), 0);
  index.unsettled.boot = 'the one before';
  writeFileSync(join(area, 'area.json'), JSON.stringify(index));
  const again = runBinfarm([...install, '--json']);
  assert.equal(again.exitCode, 0, again.stderr);
  assert.equal((JSON.parse(again.stdout) as { unpacked: string[] }).unpacked.length, 1);
  assert.deepEqual(verify().damaged, []);
  assert.equal(readIndex().unsettled?.packages.length, 1, 'only what was written now is doubtful');
});

test('a stop of the machine that harmed nothing costs one reading and no package', () => {
  const index = readIndex();
  index.unsettled!.boot = 'the one before';
  writeFileSync(join(area, 'area.json'), JSON.stringify(index));
  const again = runBinfarm([...install, '--json']);
  assert.deepEqual((JSON.parse(again.stdout) as { unpacked: string[] }).unpacked, []);
  assert.equal(readIndex().unsettled, undefined);
});

test('verify says what it was not given, or cannot find', () => {
  assert.match(runBinfarm(['verify', join(top, 'nothing')]).stderr, /it is no area/);
  assert.match(runBinfarm(['verify', area, 'z']).stderr, /Cannot check "z": it is not in/);
  assert.ok(existsSync(area));
});
