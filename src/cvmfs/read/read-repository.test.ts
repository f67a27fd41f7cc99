import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { FakeTree } from '../../../test/fakes/cvmfs-catalog.ts';
import type { FakeChanges } from '../../../test/fakes/cvmfs-objects.ts';
import { fakeKeyFile, fakeTree, makeFakeRepository } from '../../../test/fakes/cvmfs-repository.ts';
import { exportTree } from './export/export-tree.ts';
import { findEntry } from './find-entry.ts';
import { openRepository, type Repository } from './open-repository.ts';
import { readContent } from './read-content.ts';
import { readMasterKeys } from './trust/read-master-keys.ts';
import { listFolder, walkTree, withChunks } from './walk-tree.ts';

const top = mkdtempSync(join(tmpdir(), 'binfarm-test-'));
after(() => rmSync(top, { recursive: true }));
const keys = await readMasterKeys([fakeKeyFile]);
let count = 0;

async function open(tree: FakeTree = fakeTree, changes: FakeChanges = {}, more: { readonly tag?: string } = {}) {
  count += 1;
  const location = join(top, String(count));
  makeFakeRepository(location, tree, changes);
  const request = { location, folder: '/', keys, now: Date.UTC(2026, 0, 1), ...more };
  const repository = await openRepository(request, { emit: () => {} });
  return { ...repository, [Symbol.asyncDispose]: repository.close };
}

async function contentOf(repository: Repository, path: string): Promise<string> {
  const { entry, catalog } = await findEntry(repository, path, { follow: true });
  const chunks: Buffer[] = [];
  for await (const bytes of readContent(repository, withChunks(catalog, entry))) chunks.push(bytes);
  return Buffer.concat(chunks).toString();
}

test('files are read through links and catalogs inside one another', async () => {
  await using repository = await open();
  const read: readonly (readonly [string, string])[] = [
    ['/hello.txt', 'hello binfarm\n'],
    ['plain', 'stored as it is\n'],
    ['/cvmfs/tiny.example.org/sw/1.0/deep/leaf.txt', 'leaf\n'],
    ['/latest/bin/tool', '#!/bin/sh\necho tool\n'],
    ['/latest/up.txt', 'hello binfarm\n'],
    ['/sw/1.0/big.bin', Buffer.alloc(25_000, 'big').toString()],
  ];
  for (const [path, content] of read) assert.equal(await contentOf(repository, path), content, path);
  const { entry, catalog } = await findEntry(repository, '/sw/1.0', { follow: false });
  assert.deepEqual(
    listFolder({ entry, catalog }).map(({ name }) => name),
    ['.cvmfscatalog', 'big.bin', 'bin', 'deep', 'noted', 'up.txt'],
  );
});

test('a path that leads nowhere, out of the repository or round in a circle is an error', async () => {
  await using repository = await open({
    out: { link: '/etc' },
    up: { link: '../../etc/passwd' },
    here: { link: 'there' },
    there: { link: 'here' },
    file: { file: 'x' },
  });
  const wrong: readonly (readonly [string, string])[] = [
    ['/none', 'CVMFS_NOT_FOUND'],
    ['/file/below', 'CVMFS_NOT_FOUND'],
    ['/here', 'CVMFS_NOT_FOUND'],
    ['/out/passwd', 'CVMFS_UNSUPPORTED'],
    ['/up', 'CVMFS_UNSUPPORTED'],
    ['/../etc/passwd', 'ARGUMENT_INVALID'],
  ];
  for (const [path, code] of wrong) await assert.rejects(findEntry(repository, path, { follow: true }), { code }, path);
});

test('a revision is opened by its tag, and one that is not there names those that are', async () => {
  await using repository = await open(fakeTree, {}, { tag: 'trunk' });
  assert.equal(repository.revision, 7);
  await assert.rejects(open(fakeTree, {}, { tag: 'none' }), { code: 'CVMFS_NOT_FOUND', hint: 'It has trunk' });
});

test('an export has all files, with modes, times, links and hard links', async () => {
  await using repository = await open();
  const to = join(top, 'exported');
  const exported = await exportTree(repository, await findEntry(repository, '/', { follow: true }), to);
  assert.deepEqual(exported, {
    files: 11,
    folders: 6,
    links: 3,
    bytes: 25_077,
    skipped: [{ path: '/pipe', kind: 'pipe' }],
  });
  assert.equal(readFileSync(join(to, 'sw/1.0/big.bin'), 'utf8'), Buffer.alloc(25_000, 'big').toString());
  assert.equal(statSync(join(to, 'sw/1.0/bin/tool')).mode & 0o7777, 0o755);
  assert.equal(statSync(join(to, 'sw/1.0')).mtimeMs, 1_700_000_000_000);
  assert.equal(readlinkSync(join(to, 'variant')), '$(BINFARM_ARCH:-x86_64)');
  assert.equal(statSync(join(to, 'one')).ino, statSync(join(to, 'two')).ino);
  await assert.rejects(exportTree(repository, await findEntry(repository, '/', { follow: true }), to), {
    code: 'PATH_EXISTS',
  });
});

test('an export of one file is that file', async () => {
  await using repository = await open();
  const to = join(top, 'tool');
  await exportTree(repository, await findEntry(repository, '/latest/bin/tool', { follow: true }), to);
  assert.equal(readFileSync(to, 'utf8'), '#!/bin/sh\necho tool\n');
});

test('after a failed export nothing is there', async () => {
  await using repository = await open(fakeTree, {
    sql: { '': "UPDATE catalog SET hash = zeroblob(20) WHERE name = 'plain'" },
  });
  const to = join(top, 'failed');
  await assert.rejects(exportTree(repository, await findEntry(repository, '/', { follow: true }), to), {
    code: 'CVMFS_DAMAGED',
  });
  assert.deepEqual(
    readdirSync(top).filter((name) => name.startsWith('failed')),
    [],
  );
});

const set = 'UPDATE catalog SET';
const hostile: readonly (readonly [says: string, sql: string])[] = [
  ['a name that leads up', `${set} name = '..' WHERE name = 'file'`],
  ['a name with slashes', `${set} name = '../../escaped' WHERE name = 'file'`],
  ['a name with a zero byte', `${set} name = CAST(x'610062' AS TEXT) WHERE name = 'file'`],
  [
    'a folder in itself',
    `${set} parent_1 = md5path_1, parent_2 = md5path_2 WHERE name = 'folder'; ${set} parent_1 = 1 WHERE name = 'file'`,
  ],
];

for (const [says, sql] of hostile) {
  test(`an export of ${says} leaves nothing, here or elsewhere`, async () => {
    await using repository = await open({ file: { file: 'x' }, folder: { in: {} } }, { sql: { '': sql } });
    const inside = join(top, 'inside');
    await exportTree(repository, await findEntry(repository, '/', { follow: true }), inside).catch((error) => {
      assert.equal(error.code, 'CVMFS_INVALID');
    });
    rmSync(inside, { recursive: true, force: true });
    assert.ok(!existsSync(join(top, 'escaped')) && !existsSync(join(top, '../escaped')));
  });
}

test('a folder and a link of one name never lead an export astray', async () => {
  const outside = join(top, 'outside');
  const sql = `CREATE TABLE c2 AS SELECT * FROM catalog; DROP TABLE catalog; ALTER TABLE c2 RENAME TO catalog;
    INSERT INTO catalog SELECT md5path_1, md5path_2, parent_1, parent_2, 1, NULL, ${outside.length}, 41471, mtime, mtimens, 12, name, '${outside}', 0, 0, NULL FROM catalog WHERE name = 'sw'`;
  await using repository = await open({ sw: { in: { file: { file: 'x' } } } }, { sql: { '': sql } });
  await assert.rejects(exportTree(repository, await findEntry(repository, '/', { follow: true }), join(top, 'astray')));
  assert.ok(!existsSync(outside) && !existsSync(join(top, 'astray')));
});

test('set-user bits are not exported', async () => {
  await using repository = await open({ tool: { file: 'x', row: { mode: 0o104755 } } });
  const to = join(top, 'no-setuid');
  await exportTree(repository, await findEntry(repository, '/', { follow: true }), to);
  assert.equal(lstatSync(join(to, 'tool')).mode & 0o7777, 0o755);
});

test('a file that unpacks to more than it says is given up early', async () => {
  const zeros = Buffer.alloc(64 << 20);
  await using repository = await open({ bomb: { file: zeros, row: { size: 100 } } });
  await assert.rejects(contentOf(repository, '/bomb'), {
    code: 'CVMFS_DAMAGED',
    message: /more bytes than were promised/,
  });
});

test('a large object passes through, verified', async () => {
  const noise = Buffer.alloc(12 << 20);
  for (let index = 0; index < noise.length; index += 4)
    noise.writeInt32LE(Math.imul(index, 2_654_435_761) ^ (index >>> 3), index);
  await using repository = await open({ large: { file: noise, plain: true }, packed: { file: noise } });
  const to = join(top, 'large');
  await exportTree(repository, await findEntry(repository, '/', { follow: true }), to);
  assert.ok(readFileSync(join(to, 'large')).equals(noise) && readFileSync(join(to, 'packed')).equals(noise));
});

test('a walk gives each folder before what is in it', async () => {
  await using repository = await open();
  const seen = new Set(['']);
  for await (const { entry } of walkTree(repository, await findEntry(repository, '/', { follow: true }))) {
    assert.ok(seen.has(entry.path.slice(0, entry.path.lastIndexOf('/'))), entry.path);
    seen.add(entry.path);
  }
  assert.equal(seen.size, 21);
});
