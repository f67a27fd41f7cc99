import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { damageFile } from '../contracts/binhost-contract.ts';
import { type DockerRegistry, startDockerRegistry } from '../fakes/docker-registry.ts';
import { makeFarm, makeTopFolder } from './farm-fixture.ts';
import { listStored } from './stored-packages.ts';

const top = makeTopFolder('binhost');
const farm = makeFarm(join(top, 'farm'));
const other = makeFarm(join(top, 'other'));
let registry: DockerRegistry;
let location: string;

interface Report {
  readonly copied: readonly { name: string }[];
  readonly kept: number;
  readonly failed: readonly { name: string; error: { code: string } }[];
  readonly documents: { readonly copied: readonly { kind: string; name: string }[] };
}

const namesIn = (items: readonly { name: string }[]) => items.map(({ name }) => name).toSorted();

before(async () => {
  farm.build();
  mkdirSync(join(top, 'registry'));
  registry = await startDockerRegistry(join(top, 'registry'));
  location = `oci://${registry.host}/test`;
});
after(() => registry[Symbol.asyncDispose]());

test('a dry run of a push says what would be copied, and copies nothing', () => {
  assert.deepEqual(namesIn(farm.json<Report>(['binhost', 'push', location, '--dry-run']).copied), [
    'alpha',
    'beta',
    'delta',
    'gamma',
  ]);
  assert.deepEqual(namesIn(farm.json<Report>(['binhost', 'push', location]).copied), [
    'alpha',
    'beta',
    'delta',
    'gamma',
  ]);
});

test('a second push copies what is new: a release, and the channel that leads to it', () => {
  for (const words of [
    ['create', '2026.1'],
    ['announce', '2026.1'],
  ])
    assert.equal(farm.run('release', ...words).exitCode, 0);
  const report = farm.json<Report>(['binhost', 'push', location]);
  assert.deepEqual([report.copied.length, report.kept], [0, 4]);
  assert.deepEqual(report.documents.copied, [
    { kind: 'release', name: '2026.1' },
    { kind: 'channel', name: 'latest' },
  ]);
  const { packages, releases, channels } = farm.json<{
    packages: { name: string }[];
    releases: string[];
    channels: string[];
  }>(['binhost', 'list', location]);
  assert.deepEqual([namesIn(packages).length, releases, channels], [4, ['2026.1'], ['latest']]);
});

test('nothing is pulled that no trusted key has signed', async () => {
  const { failed, copied } = other.json<Report>(['binhost', 'pull', location], 1);
  assert.deepEqual([copied.length, new Set(failed.map(({ error }) => error.code))], [0, new Set(['KEY_UNKNOWN'])]);
  assert.deepEqual(await listStored(other), []);
});

test('with the key, another farm pulls the packages, releases and channels, and builds nothing', () => {
  mkdirSync(other.path('keys', 'trusted'), { recursive: true });
  copyFileSync(farm.path('keys', 'farm.key.pub'), other.path('keys', 'trusted', 'friend.pub'));
  const { copied, documents } = other.json<Report>(['binhost', 'pull', location]);
  assert.deepEqual([namesIn(copied), documents.copied.length], [['alpha', 'beta', 'delta', 'gamma'], 2]);
  assert.deepEqual(other.build(), []);
  assert.deepEqual(readdirSync(other.path('binhost')).toSorted(), ['.incoming', 'v2']);
  assert.deepEqual(readdirSync(other.path('binhost', '.incoming')), []);
});

test('a build takes from a further binhost what its own does not have, and a release brings it there', async () => {
  const third = makeFarm(join(top, 'third'), { stack: `binhosts: [{ location: "${location}" }]\n` });
  mkdirSync(third.path('keys', 'trusted'), { recursive: true });
  copyFileSync(farm.path('keys', 'farm.key.pub'), third.path('keys', 'trusted', 'friend.pub'));
  assert.deepEqual(third.build(), []);
  assert.equal((await listStored(third)).length, 0);
  assert.equal(third.run('release', 'create', 'mine', '--dry-run').exitCode, 0);
  assert.equal((await listStored(third)).length, 0, 'a dry run copies nothing');
  const { verdict } = third.json<{ verdict: { packages: number } }>(['release', 'create', 'mine']);
  assert.equal(verdict.packages, 4);
  assert.deepEqual(namesIn(await listStored(third)), ['alpha', 'beta', 'delta', 'gamma']);
  third.edit('binfarm.yaml', (text) => text.replace(/^binhosts: .*\n/m, ''));
  assert.equal(third.run('release', 'verify', 'mine').exitCode, 0);
});

test('a check finds a damaged package, a repair removes it, and a pull brings it back', async () => {
  const path = (await listStored(other)).find(({ name }) => name === 'beta')!;
  damageFile(other.path('binhost', 'v2', 'tiny', 'beta', 'blobs', path.digest), 'changed');
  writeFileSync(other.path('binhost', 'v2', 'tiny', 'beta', 'blobs', 'sha256:half.tmp'), 'half');
  const found = other.json<{ damaged: { name: string }[]; leftovers: unknown[] }>(['binhost', 'check'], 1);
  assert.deepEqual([namesIn(found.damaged), found.leftovers.length], [['beta'], 1]);
  assert.deepEqual(namesIn(other.json<typeof found>(['binhost', 'check', '--repair']).damaged), ['beta']);
  assert.deepEqual(namesIn(other.json<Report>(['binhost', 'pull', location]).copied), ['beta']);
  assert.match(other.run('binhost', 'check').stdout, /all right: 4 packages, 2 documents/);
});

test('a prune removes what neither the stack nor a release needs', () => {
  other.edit('recipes/delta/src/Makefile', (text) => `${text}# another build\n`);
  const before = other.build();
  assert.deepEqual(before, ['delta']);
  other.edit('recipes/delta/src/Makefile', (text) => `${text}# and another one\n`);
  assert.deepEqual(other.build(), ['delta']);
  const wanted = { removed: 1, kept: 5 };
  const { removed, kept } = other.json<{ removed: { name: string }[]; kept: number }>([
    'binhost',
    'prune',
    '--dry-run',
  ]);
  assert.deepEqual([namesIn(removed), kept], [['delta'], wanted.kept]);
  assert.match(other.run('binhost', 'prune').stdout, /^ {2}delta.*\nRemoved 1 package, .*; 5 stay/);
  assert.match(other.run('binhost', 'check').stdout, /all right: 5 packages/);
});

test('after its key was stolen a farm has a new one, builds what only the old one has signed, and releases it', () => {
  const [{ id }] = farm.json<{ keys: { id: string }[] }>(['key', 'list']).keys as [{ id: string }];
  for (const words of [
    ['key', 'rotate'],
    ['key', 'revoke', id, '--reason', 'stolen'],
  ])
    assert.equal(farm.run(...words).exitCode, 0);
  const refused = farm.run('build');
  assert.match(refused.stderr, /was revoked on .*: stolen \[KEY_REVOKED\]/);
  assert.equal(farm.json<{ purged: number }>(['key', 'revoke', id, '--purge']).purged, 4);
  assert.deepEqual(farm.build(), ['alpha', 'beta', 'delta', 'gamma']);
  for (const words of [
    ['create', '2026.2'],
    ['announce', '2026.2'],
    ['verify', 'latest'],
  ])
    assert.equal(farm.run('release', ...words).exitCode, 0, words.join(' '));
  const area = join(top, 'newcomer');
  const from = ['--from', farm.path('binhost'), '--key', farm.path('keys', 'farm.key.pub')];
  assert.equal(farm.run('install', '--prefix', area, '--release', 'tiny/latest', ...from).exitCode, 0);
});
