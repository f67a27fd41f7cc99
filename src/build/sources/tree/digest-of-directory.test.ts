import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { digestOf } from '../../../core/digest.ts';
import { copyDirectory } from './copy-directory.ts';
import { digestOfDirectory } from './digest-of-directory.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'binfarm-tree-'));
});
after(() => rm(folder, { recursive: true }));

async function makeTree(): Promise<string> {
  const tree = await mkdtemp(join(folder, 't-'));
  await mkdir(join(tree, 'src/empty'), { recursive: true });
  await writeFile(join(tree, 'src/a.cc'), 'int a;');
  await writeFile(join(tree, 'run'), '#!/bin/sh\n', { mode: 0o755 });
  await symlink('src/a.cc', join(tree, 'link'));
  await writeFile(Buffer.concat([Buffer.from(`${tree}/caf`), Buffer.from([0xe9])]), 'latin');
  return tree;
}

test('digestOfDirectory is a known value, so that build hashes stay what they are', async () => {
  const expected = 'sha256:69b25a68f3c12f8fbfc0f2e13c8f3d2e92d3b261348923aff523e84fa92a5b8d';
  assert.equal(await digestOfDirectory(await makeTree()), expected);
});

const without: readonly (readonly [says: string, change: (tree: string) => Promise<unknown>])[] = [
  ['times', (tree) => utimes(join(tree, 'run'), 1, 1)],
  ['permissions beside that to execute', (tree) => chmod(join(tree, 'src/a.cc'), 0o600)],
  ['.git', (tree) => mkdir(join(tree, '.git/objects'), { recursive: true })],
  ['.git of a submodule', (tree) => writeFile(join(tree, 'src/.git'), 'gitdir: ../.git/modules/src')],
  ['pipes', async (tree) => execFileSync('mkfifo', [join(tree, 'pipe')])],
];

for (const [says, change] of without) {
  test(`digestOfDirectory does not depend on ${says}`, async () => {
    const tree = await makeTree();
    const digest = await digestOfDirectory(tree);
    await change(tree);
    assert.equal(await digestOfDirectory(tree), digest);
  });
}

const changes: readonly (readonly [says: string, change: (tree: string) => Promise<unknown>])[] = [
  ['content', (tree) => writeFile(join(tree, 'src/a.cc'), 'int b;')],
  ['permission to execute', (tree) => chmod(join(tree, 'src/a.cc'), 0o755)],
  ['names', (tree) => rename(join(tree, 'src/a.cc'), join(tree, 'src/b.cc'))],
  ['empty folders', (tree) => rm(join(tree, 'src/empty'), { recursive: true })],
  ['targets of links', async (tree) => [await rm(join(tree, 'link')), await symlink('run', join(tree, 'link'))]],
  ['new files', (tree) => writeFile(join(tree, 'new'), '')],
];

for (const [says, change] of changes) {
  test(`digestOfDirectory depends on ${says}`, async () => {
    const tree = await makeTree();
    const digest = await digestOfDirectory(tree);
    await change(tree);
    assert.notEqual(await digestOfDirectory(tree), digest);
  });
}

test('digestOfDirectory of a file is the digest of the file', async () => {
  const tree = await makeTree();
  assert.equal(await digestOfDirectory(join(tree, 'src/a.cc')), digestOf('int a;'));
});

test('a link that leads out of a folder makes it unfit for a source', async () => {
  const tree = await makeTree();
  await symlink('../../secret', join(tree, 'src/out'));
  await assert.rejects(digestOfDirectory(tree), { code: 'PATH_UNSAFE', message: /"src\/out"/ });
});

test('copyDirectory copies all that the digest counts and gives every file one time', async () => {
  const tree = await makeTree();
  await mkdir(join(tree, '.git'));
  await mkdir(join(folder, 'copy'));
  const { entries, bytes } = await copyDirectory(tree, join(folder, 'copy'));
  assert.deepEqual([entries, bytes], [6, 'int a;#!/bin/sh\nlatin'.length]);
  assert.equal(await digestOfDirectory(join(folder, 'copy')), await digestOfDirectory(tree));
  assert.equal((await readdir(join(folder, 'copy'))).includes('.git'), false);
  assert.equal(await readlink(join(folder, 'copy/link')), 'src/a.cc');
  for (const name of ['run', 'src', 'src/a.cc']) {
    assert.equal((await stat(join(folder, 'copy', name))).mtime.toISOString(), '1980-01-01T00:00:00.000Z');
  }
});
