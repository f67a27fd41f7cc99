import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { before, test } from 'node:test';
import type { StoredPackage } from '../../src/binhost/binhost.ts';
import { copyFarm, makeFarm, makeTopFolder, type TestFarm } from './farm-fixture.ts';
import { snapshotOf } from './read-tree.ts';
import { listStored, verifyStored } from './stored-packages.ts';

const top = makeTopFolder('bad-package');
const built = makeFarm(join(top, 'built'));
let count = 0;

before(() => {
  built.build();
});

function freshFarm(): TestFarm {
  count += 1;
  return copyFarm(built, join(top, `farm${count}`));
}

interface Told {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** Runs a command that must fail with a code and a hint, and leave the farm as it was. */
function refuse(
  farm: TestFarm,
  argv: readonly string[],
  expected: { code: string; exitCode: number; hint: RegExp },
): Told {
  const without = ['.binfarm/ledger', '.binfarm/lock', 'area/.lock'];
  const before = snapshotOf(farm.folder, without);
  const { error } = farm.json<{ error: Told }>(argv, expected.exitCode);
  assert.equal(error.code, expected.code, error.message);
  assert.match(error.hint ?? '', expected.hint, error.message);
  assert.deepEqual(snapshotOf(farm.folder, without), before);
  return error;
}

function blobOf(farm: TestFarm, { name, digest }: Pick<StoredPackage, 'name' | 'digest'>): string {
  return farm.path('binhost', 'v2', 'tiny', name, 'blobs', digest);
}

async function storedAlpha(farm: TestFarm): Promise<StoredPackage> {
  const alpha = (await listStored(farm)).find(({ name }) => name === 'alpha');
  assert.ok(alpha);
  return alpha;
}

interface Damage {
  readonly says: string;
  readonly spoil: (blob: string) => void;
  readonly code: string;
}

function flip(share: number): (blob: string) => void {
  return (blob) => {
    const bytes = readFileSync(blob);
    const at = Math.floor(share * (bytes.length - 1));
    bytes[at] = bytes[at]! ^ 0xff;
    writeFileSync(blob, bytes);
  };
}

const damages: Damage[] = [
  { says: 'whose first byte is flipped', spoil: flip(0), code: 'PACKAGE_DAMAGED' },
  { says: 'with a flipped byte in the middle', spoil: flip(0.5), code: 'PACKAGE_DAMAGED' },
  { says: 'whose last byte is flipped', spoil: flip(1), code: 'PACKAGE_DAMAGED' },
  {
    says: 'that is cut short',
    spoil: (blob) => truncateSync(blob, statSync(blob).size - 100),
    code: 'PACKAGE_DAMAGED',
  },
  {
    says: 'that is longer than it was',
    spoil: (blob) => writeFileSync(blob, 'x', { flag: 'a' }),
    code: 'PACKAGE_DAMAGED',
  },
  { says: 'that is empty', spoil: (blob) => truncateSync(blob, 0), code: 'PACKAGE_DAMAGED' },
  { says: 'whose blob is gone', spoil: (blob) => rmSync(blob), code: 'PACKAGE_NOT_FOUND' },
];

for (const { says, spoil, code } of damages) {
  test(`a package in the binhost ${says} is not installed, and building it again mends it`, async () => {
    const farm = freshFarm();
    const area = join(top, `area${count}`);
    spoil(blobOf(farm, await storedAlpha(farm)));
    const run = farm.run('install', '--prefix', area, '--json');
    const { error } = JSON.parse(run.stdout) as { error: Told };
    assert.deepEqual([run.exitCode, error.code], [1, code], error.message);
    assert.match(error.message, /"alpha"/);
    assert.match(error.hint ?? '', /--force alpha/);
    assert.deepEqual(snapshotOf(area, ['.lock', 'area.json', 'store/beta', 'store/delta', 'store/gamma']), [
      'generations 755 folder',
      'store 755 folder',
    ]);

    assert.deepEqual(farm.build('--force', 'alpha'), ['alpha']);
    await verifyStored(farm);
    assert.equal(farm.run('install', '--prefix', area).exitCode, 0);
  });
}

test('a package whose manifest in the binhost is damaged is PACKAGE_DAMAGED, by name', async () => {
  const farm = freshFarm();
  const { buildHash } = await storedAlpha(farm);
  writeFileSync(farm.path('binhost', 'v2', 'tiny', 'alpha', 'manifests', buildHash), '{"schemaVersion":2');
  const { message } = refuse(farm, ['build'], { code: 'PACKAGE_DAMAGED', exitCode: 1, hint: /--force alpha/ });
  assert.match(message, /"alpha"/);
  assert.deepEqual(farm.build('--force', 'alpha'), ['alpha']);
  assert.deepEqual(farm.build(), []);
});

test('a manifest of another package in the place of one is refused', async () => {
  const farm = freshFarm();
  const all = await listStored(farm);
  const path = (name: string) =>
    farm.path('binhost', 'v2', 'tiny', name, 'manifests', all.find((item) => item.name === name)!.buildHash);
  cpSync(path('beta'), path('alpha'));
  refuse(farm, ['build'], { code: 'SIGNATURE_INVALID', exitCode: 1, hint: /--force alpha/ });
  assert.deepEqual(farm.build('--force', 'alpha'), ['alpha']);
  assert.deepEqual(farm.build(), []);
});

test('packages that are signed by a key which the farm does not know are KEY_UNKNOWN, until that key is trusted', () => {
  const farm = freshFarm();
  const other = makeFarm(join(top, 'other'));
  mkdirSync(farm.path('keys', 'trusted'));
  renameSync(farm.path('keys', 'farm.key.pub'), join(top, 'before.pub'));
  for (const name of ['farm.key', 'farm.key.pub']) cpSync(other.path('keys', name), farm.path('keys', name));
  refuse(farm, ['build'], { code: 'KEY_UNKNOWN', exitCode: 1, hint: /keys\/trusted/ });
  const install = farm.run('install', '--prefix', join(top, 'unknown'), '--json');
  assert.equal(JSON.parse(install.stdout).error.code, 'KEY_UNKNOWN');
  cpSync(join(top, 'before.pub'), farm.path('keys', 'trusted', 'before.pub'));
  assert.deepEqual(farm.build(), []);
});

for (const mode of [0o640, 0o604, 0o620]) {
  test(`a secret key of mode ${mode.toString(8)} is KEY_INVALID, and the hint says how to mend it`, () => {
    const farm = freshFarm();
    farm.edit('recipes/delta/src/delta.cpp', (text) => `${text}// changed\n`);
    chmodSync(farm.path('keys', 'farm.key'), mode);
    const run = farm.run('build', '--json');
    const { error } = JSON.parse(run.stdout) as { error: Told };
    assert.deepEqual([run.exitCode, error.code], [1, 'KEY_INVALID']);
    assert.match(error.hint ?? '', /chmod 600/);
    chmodSync(farm.path('keys', 'farm.key'), 0o600);
    assert.deepEqual(farm.build(), ['delta']);
  });
}

test('a missing secret key is KEY_INVALID before anything is built', () => {
  const farm = freshFarm();
  farm.edit('recipes/delta/src/delta.cpp', (text) => `${text}// changed\n`);
  rmSync(farm.path('keys', 'farm.key'));
  refuse(farm, ['build'], { code: 'KEY_INVALID', exitCode: 1, hint: /./ });
});

test('a ledger of a newer binfarm is LEDGER_TOO_NEW and stays as it is', () => {
  const farm = freshFarm();
  const database = new DatabaseSync(farm.path('.binfarm', 'ledger.sqlite'));
  database.exec('PRAGMA user_version = 99');
  database.close();
  for (const argv of [['build'], ['plan'], ['info', 'alpha']]) {
    refuse(farm, argv, { code: 'LEDGER_TOO_NEW', exitCode: 1, hint: /newer binfarm/ });
  }
});

test('a ledger that is no database is LEDGER_DAMAGED', () => {
  const farm = freshFarm();
  for (const end of ['-wal', '-shm']) rmSync(farm.path('.binfarm', `ledger.sqlite${end}`), { force: true });
  writeFileSync(
    farm.path('.binfarm', 'ledger.sqlite'),
    'no database at all, but long enough to look like one\n'.repeat(100),
  );
  refuse(farm, ['build'], { code: 'LEDGER_DAMAGED', exitCode: 1, hint: /move it away/ });
  rmSync(farm.path('.binfarm', 'ledger.sqlite'));
  assert.deepEqual(farm.build(), [], 'packages do not depend on the ledger');
});

test('a damaged lock is LOCK_INVALID', () => {
  const farm = freshFarm();
  farm.edit('binfarm.lock', (text) => text.slice(0, text.length / 2));
  refuse(farm, ['build'], { code: 'LOCK_INVALID', exitCode: 1, hint: /./ });
});

test('an area whose index is damaged is AREA_INVALID, and the hint mends it', () => {
  const farm = freshFarm();
  const area = farm.path('area');
  assert.equal(farm.run('install', '--prefix', area).exitCode, 0);
  writeFileSync(join(area, 'area.json'), '{');
  refuse(farm, ['install', '--prefix', area], { code: 'AREA_INVALID', exitCode: 1, hint: /Remove ".*area.json"/ });
  rmSync(join(area, 'area.json'));
  assert.equal(farm.run('install', '--prefix', area).exitCode, 0);
  assert.equal(farm.run('list', area).exitCode, 0);
});
