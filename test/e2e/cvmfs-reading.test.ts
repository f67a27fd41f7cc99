import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fakeKeyFile, fakeName, fakeTree, makeFakeRepository } from '../fakes/cvmfs-repository.ts';
import { freePort } from '../fakes/start-server.ts';
import { makeTopFolder } from './farm-fixture.ts';
import { snapshotOf } from './read-tree.ts';
import { type Run, runBinfarm } from './run-binfarm.ts';
import { startBinfarm } from './start-binfarm.ts';

const folder = makeTopFolder('cvmfs-reading');
const environment = { XDG_CONFIG_HOME: join(folder, 'config'), TMPDIR: folder };
const foreign = join(folder, 'foreign');
makeFakeRepository(foreign, fakeTree);

function cvmfs(argv: readonly string[], exitCode = 0): Run {
  const run = runBinfarm(['cvmfs', ...argv], { folder, environment });
  assert.equal(run.exitCode, exitCode, `${argv.join(' ')}: ${run.stderr}${run.stdout}`);
  return run;
}

function json<Value>(argv: readonly string[]): Value {
  return JSON.parse(cvmfs([...argv, '--json']).stdout) as Value;
}

test('a repository is read without a client: ls, stat, cat, mount-info, export, check', () => {
  const key = ['--key', fakeKeyFile];
  assert.match(cvmfs(['ls', 'foreign', '/sw', ...key]).stdout, /^d0755 +4096 {2}2023-11-14T22:13:20Z {2}\/sw\/1\.0@$/m);
  const { entries } = json<{ entries: unknown[] }>(['ls', 'foreign', '-R', ...key]);
  assert.equal(entries.length, 20);
  assert.equal(json<{ isCut: boolean }>(['ls', 'foreign', '-R', '--limit', '3', ...key]).isCut, true);
  assert.match(cvmfs(['stat', 'foreign', '/sw/1.0/big.bin', ...key]).stdout, /10000 bytes from 10000/);
  assert.equal(json<{ xattrs: object }>(['stat', 'foreign', '/latest/noted', ...key]).xattrs['user.a' as never], 'b');
  assert.equal(cvmfs(['cat', 'foreign', '/latest/bin/tool', ...key]).stdout, '#!/bin/sh\necho tool\n');
  assert.equal(json<{ base64: string }>(['cat', 'foreign', 'hello.txt', ...key]).base64, btoa('hello binfarm\n'));
  assert.match(cvmfs(['mount-info', 'foreign', ...key]).stdout, /trunk +revision 7 .* current HEAD/);
  assert.match(cvmfs(['export', 'foreign', '/latest', 'out', '--dry-run', ...key]).stdout, /^Would write 6 files/);
  assert.match(
    cvmfs(['export', 'foreign', '/latest', 'out', ...key]).stdout,
    /^Wrote 6 files \(25\.0 kB\), 3 folders, 1 link/,
  );
  assert.equal(readFileSync(join(folder, 'out/deep/leaf.txt'), 'utf8'), 'leaf\n');
  assert.match(cvmfs(['check', 'foreign', ...key]).stdout, /^✓ all right: tiny\.example\.org, revision 7: 3 catalogs/);
});

test('nothing is read without a key, with a wrong one, or of another repository', () => {
  cvmfs(['ls', 'foreign'], 2);
  cvmfs(['init', 'sw.test.org', '--to', 'other', '--keys', 'other-keys']);
  const wrong = cvmfs(['ls', 'foreign', '--key', 'other-keys/sw.test.org.pub'], 1);
  assert.match(wrong.stderr, /none of the given master keys has signed it \[SIGNATURE_INVALID\]/);
  const other = cvmfs(['ls', 'foreign', '--key', fakeKeyFile, '--name', 'sw.test.org'], 1);
  assert.match(other.stderr, /it is of "tiny\.example\.org", not of "sw\.test\.org"/);
});

test('faults are listed with path and reason, and the exit code says that there are some', () => {
  makeFakeRepository(join(folder, 'wrong'), fakeTree, {
    sql: { '': "UPDATE catalog SET size = 15 WHERE name = 'plain'" },
  });
  const { stdout } = cvmfs(['check', 'wrong', '--key', fakeKeyFile], 1);
  assert.match(stdout, /^✗ data\/.*: it has 16 bytes unpacked, and 15 were promised$/m);
  assert.match(stdout, /^3 faults: tiny\.example\.org, revision 7/m);
});

test('what binfarm publishes is what the reader, which shares nothing with the publisher, finds right and reads back', () => {
  const tree = join(folder, 'tree');
  for (const version of ['1.0', '2.0']) {
    mkdirSync(join(tree, 'sw', version, 'lib'), { recursive: true });
    for (let index = 0; index < 30; index += 1)
      writeFileSync(join(tree, `sw/${version}/lib/${index}`), `${version} ${index}\n`);
  }
  symlinkSync('sw/2.0', join(tree, 'latest'));
  writeFileSync(join(tree, 'empty'), '');
  writeFileSync(join(tree, 'large'), Buffer.alloc(30 << 20, 'large'));
  const to = ['--to', 'published'];
  cvmfs(['init', fakeName, ...to, '--keys', 'keys']);
  const key = ['--key', `keys/${fakeName}.pub`];
  cvmfs(['publish', 'tree', ...to, '--tag', 'first', '--catalog', 'sw/*']);
  cvmfs(['check', 'published', ...key]);
  const first = snapshotOf(tree);
  rmSync(join(tree, 'sw/1.0'), { recursive: true });
  writeFileSync(join(tree, 'sw/2.0/more'), 'more');
  cvmfs(['publish', 'tree', ...to, '--tag', 'second', '--catalog', 'sw/*']);
  const checked = json<{ faults: unknown[]; tags: number; catalogs: number }>(['check', 'published', ...key]);
  assert.deepEqual(checked.faults, []);
  assert.ok(checked.tags >= 2 && checked.catalogs >= 5);
  for (const [tag, wanted] of [
    ['first', first],
    ['second', snapshotOf(tree)],
  ] as const) {
    cvmfs(['export', 'published', '/', `read-${tag}`, '--tag', tag, ...key]);
    const found = snapshotOf(join(folder, `read-${tag}`)).filter((line) => !line.includes('.cvmfscatalog'));
    assert.deepEqual(found, wanted);
  }
});

test('a repository is served until it is stopped, and a wait ends when the revision is there', async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/cvmfs/${fakeName}`;
  const server = startBinfarm({ folder, environment }, ['cvmfs', 'serve', 'foreign', '--port', String(port)]);
  await server.says('served at');
  const shown = json<{ revision: number }>(['wait', url, '7', '--key', fakeKeyFile]);
  assert.equal(shown.revision, 7);
  cvmfs(['check', url, '--key', fakeKeyFile, '--quick']);
  const late = cvmfs(['wait', url, '8', '--timeout', '1', '--every', '1', '--key', fakeKeyFile], 3);
  assert.match(late.stderr, /it shows revision 7 \[CVMFS_UNAVAILABLE\]/);
  server.kill('SIGINT', 'process');
  const { exitCode, stdout } = await server.ended;
  assert.equal(exitCode, 0);
  assert.match(stdout, /^Answered \d+ requests for tiny\.example\.org\.$/m);
});
