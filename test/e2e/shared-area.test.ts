import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendBytes, startFileServer } from '../fakes/file-server.ts';
import { assertWhole, rememberStore } from './area-state.ts';
import { makeTopFolder } from './farm-fixture.ts';
import { killTree } from './kill-tree.ts';
import { listTree } from './read-tree.ts';
import { makeReleaseFarm, type PlainPackage, type ReleaseFarm } from './release-fixture.ts';
import type { Run } from './run-binfarm.ts';
import { startBinfarm } from './start-binfarm.ts';

const top = makeTopFolder('shared-area');
const launcher = join(import.meta.dirname, '../../bin/binfarm');
const area = join(top, 'area');
const key = join(top, 'farm.key.pub');
const group = 50_100;
/** They need no account: a number is enough. Both are of the group, which is not their first one; the third is a stranger. */
const [alice, bob, carol] = [50_001, 50_002, 50_003];
let farm: ReleaseFarm;

before(async () => {
  chmodSync(top, 0o755);
  const packages = (version: string) =>
    ['a', 'b', 'c'].map((name): PlainPackage => ({ name, version: name === 'a' ? '1' : version, bytes: 20_000 }));
  farm = await makeReleaseFarm(join(top, 'farm'), [
    { name: '1', packages: packages('1') },
    { name: '2', packages: packages('2') },
  ]);
  copyFileSync(farm.key, key); // the folder of a farm's keys is for its owner alone
});

/** Runs binfarm as a user of a number with an umask; who is not root cannot become another user, and stays who he is. */
function runAs(user: number, umask: string, argv: readonly string[]): Run {
  const become = ['--reuid', String(user), '--regid', String(user), '--groups', String(user === carol ? user : group)];
  const words = isRoot ? ['setpriv', ...become, '--inh-caps=-all', launcher] : [launcher];
  const script = `umask ${umask}; exec "$@"`;
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', script, 'sh', ...words, ...argv], {
    cwd: '/',
    env: { ...process.env, NO_COLOR: '1', CI: '1', HOME: '/nonexistent', BINFARM_CACHE: join(top, `cache${user}`) },
    encoding: 'utf8',
  });
  return { exitCode: status, stdout, stderr };
}

const isRoot = process.getuid?.() === 0;

function mustRunAs(user: number, umask: string, argv: readonly string[]): void {
  const { exitCode, stdout, stderr } = runAs(user, umask, argv);
  assert.equal(exitCode, 0, stderr + stdout);
}

const install = (release: string) => [
  ...['install', '--prefix', area, '--release', `tiny/${release}`, '--from', farm.binhost, '--key', key],
];

/** Everything in the area that the group could not replace or remove, or that belongs to another group. */
function unshared(): string[] {
  return listTree(area).flatMap((path) => {
    const entry = lstatSync(join(area, path));
    const isRight = entry.isSymbolicLink() || !entry.isDirectory() || (entry.mode & 0o2070) === 0o2070;
    const isOurs = !isRoot || entry.gid === group;
    return isRight && isOurs ? [] : [`${path} ${(entry.mode & 0o7777).toString(8)} ${entry.gid}`];
  });
}

test('in an area whose folder the group may write, each of its users can go on with what another has made, whatever their umasks', async () => {
  mkdirSync(area);
  if (isRoot) chownSync(area, 0, group);
  chmodSync(area, 0o2775);
  mustRunAs(alice, '0022', install('1'));
  assert.deepEqual(unshared(), []);
  const reference = rememberStore(area);
  mustRunAs(bob, '0077', install('2'));
  assert.deepEqual(unshared(), []);
  mustRunAs(alice, '0002', ['rollback', area]);
  mustRunAs(bob, '0022', ['remove', 'b', '--area', area]);
  mustRunAs(alice, '0027', ['rollback', area, '--to', '2']);
  await assertWhole(area, rememberStore(area, reference));
  mustRunAs(bob, '0077', ['gc', area, '--keep', '0']);
  assert.deepEqual(unshared(), []);
  assert.deepEqual(
    readdirSync(join(area, 'store'))
      .map((name) => name.slice(0, 3))
      .sort(),
    ['a-1', 'b-2', 'c-2'],
  );
  assert.deepEqual(readdirSync(join(area, '.trash')), [], 'what alice had installed, bob could delete');
});

test('somebody who is not of the group can use the area, and is told that he may not change it', {
  skip: isRoot ? false : 'only root can become somebody else',
}, () => {
  mustRunAs(carol, '0022', ['list', area]);
  mustRunAs(carol, '0022', ['shell', area, '--', 'c']);
  for (const argv of [install('1'), ['gc', area], ['rollback', area]]) {
    const { exitCode, stdout } = runAs(carol, '0022', [...argv, '--json']);
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
    assert.deepEqual([error.code, exitCode], ['PERMISSION_DENIED', 3], stdout);
    assert.match(error.message, /^Cannot change the area ".*": this user may not write there$/);
  }
});

test('what a killed process of one user has left, another one takes away', () => {
  const left = join(area, 'store', '.half-1.0123456789ab.tmp');
  mkdirSync(join(left, 'bin'), { recursive: true });
  for (const path of [left, join(left, 'bin')]) {
    chmodSync(path, 0o2775);
    if (isRoot) chownSync(path, alice, group);
  }
  mustRunAs(bob, '0022', ['rollback', area, '--to', '2']);
  assert.equal(existsSync(left), false);
});

test('an area that only its owner writes keeps the modes that his umask gives', () => {
  const own = join(top, 'own');
  mkdirSync(own, { mode: 0o700 });
  if (isRoot) chownSync(own, alice, alice);
  const argv = install('1').map((word) => (word === area ? own : word));
  mustRunAs(alice, '0077', argv);
  assert.deepEqual(
    ['store', 'generations', 'area.json'].map((name) => (lstatSync(join(own, name)).mode & 0o7777).toString(8)),
    ['700', '700', '600'],
  );
});

/** Starts an installation on what is another host by its name, from a server that never sends a package, so that it stays at work. */
function startElsewhere(host: string, argv: readonly string[]) {
  const script = 'hostname "$0" && exec "$@"';
  return spawn('unshare', ['-Ur', '--uts', '/bin/sh', '-c', script, host, launcher, ...argv], {
    env: { ...process.env, ...farm.environment },
    stdio: 'ignore',
  });
}

test('whoever waits is told the command, the process and the other host that holds the area; it is free as soon as that one is gone', async () => {
  const folder = join(top, 'other');
  await using stalling = await startFileServer((request, response) => {
    if (/\/[abc]\/blobs\//.test(request.url!)) return; // never
    const path = join(farm.binhost, decodeURIComponent(request.url!));
    if (existsSync(path)) sendBytes(request, response, readFileSync(path));
    else response.writeHead(404).end();
  });
  const argv = (from: string) => [
    ...['install', '--prefix', folder, '--release', 'tiny/1', '--from', from, '--key', key],
  ];
  assert.equal((await startBinfarm(farm, [...argv(farm.binhost), 'a']).ended).exitCode, 0);
  const elsewhere = startElsewhere('node17.example.org', argv(stalling.url));
  try {
    while (!readFileSync(join(folder, '.lock'), 'utf8').includes('node17')) await sleep(50);
    const refused = await startBinfarm(farm, ['rollback', folder, '--no-wait', '--json']).ended;
    const { error } = JSON.parse(refused.stdout) as { error: { code: string; message: string } };
    assert.deepEqual([error.code, refused.exitCode], ['LOCKED', 3]);
    assert.match(error.message, /"binfarm install" \(process \d+ on node17\.example\.org\) has held it for/);
    assert.equal((await startBinfarm(farm, ['list', folder]).ended).exitCode, 0, 'readers never wait');
    const next = startBinfarm(farm, ['gc', folder]);
    await next.says('node17.example.org');
    killTree(elsewhere.pid!);
    const { exitCode, stderr } = await next.ended;
    assert.equal(exitCode, 0, stderr);
  } finally {
    killTree(elsewhere.pid!);
  }
});
