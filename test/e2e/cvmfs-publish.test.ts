import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertRepository, leftoversIn, objectsIn } from './cvmfs-state.ts';
import { makeTopFolder } from './farm-fixture.ts';
import { runBinfarm } from './run-binfarm.ts';

const top = makeTopFolder('cvmfs');
const keys = join(top, 'keys');
const masterPublic = join(keys, 'sw.test.org.pub');
const environment = { BINFARM_CACHE: join(top, 'cache'), XDG_CONFIG_HOME: join(top, 'config') };

interface Result {
  readonly revision: number;
  readonly isNew: boolean;
  readonly files: number;
  readonly objects: number;
  readonly catalogs: readonly { readonly path: string; readonly isNew: boolean; readonly reason: string }[];
  readonly tag?: string;
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
}

function cvmfs(argv: readonly string[], exitCode = 0, more: Record<string, string> = {}): Result {
  const run = runBinfarm(['cvmfs', ...argv, '--json'], { folder: top, environment: { ...environment, ...more } });
  assert.equal(run.exitCode, exitCode, `${argv.join(' ')}: ${run.stderr}${run.stdout}`);
  return JSON.parse(run.stdout) as Result;
}

let count = 0;
function makeRepository(): string {
  const folder = join(top, `repository${count++}`);
  cvmfs(['init', 'sw.test.org', '--to', folder, '--keys', keys]);
  return folder;
}

function makeTree(name: string, packages = 3, files = 150): string {
  const tree = join(top, name);
  for (let index = 0; index < packages; index += 1) {
    const folder = join(tree, 'sw', `tool${index}`, '1.0');
    mkdirSync(join(folder, 'lib'), { recursive: true });
    for (let file = 0; file < files; file += 1) writeFileSync(join(folder, 'lib', `${file}.txt`), `${index} ${file}\n`);
  }
  writeFileSync(join(tree, 'hello.txt'), 'hello binfarm\n');
  return tree;
}

test('a directory of all kinds of entries is published as it is, readable for all, with hard links broken', () => {
  const folder = makeRepository();
  const tree = makeTree('kinds');
  writeFileSync(join(tree, 'secret.sh'), '#!/bin/sh\n');
  chmodSync(join(tree, 'secret.sh'), 0o700);
  mkdirSync(join(tree, 'closed'), { mode: 0o700 });
  writeFileSync(join(tree, 'closed/empty'), '', { mode: 0o600 });
  linkSync(join(tree, 'hello.txt'), join(tree, 'linked.txt'));
  symlinkSync('$(BINFARM_ARCH:-x86_64)', join(tree, 'variant'));
  writeFileSync(Buffer.concat([Buffer.from(`${tree}/not-utf8-`), Buffer.from([0xff, 0xfe])]), 'bytes');
  writeFileSync(join(tree, 'größe'), 'text');
  const large = randomBytes(40 << 20);
  writeFileSync(join(tree, 'large'), large);
  const result = cvmfs(['publish', tree, '--to', folder]);
  assert.deepEqual([result.revision, result.isNew], [2, true]);
  const { entries, catalogs } = assertRepository(folder, masterPublic);
  assert.match(entries.get('/secret.sh')!, /^file 100755 /);
  assert.equal(entries.get('/closed'), 'folder 40755');
  assert.match(entries.get('/closed/empty')!, /^file 100644 da39a3ee/);
  assert.equal(entries.get('/linked.txt'), entries.get('/hello.txt'));
  assert.equal(entries.get('/variant'), 'link $(BINFARM_ARCH:-x86_64)');
  assert.ok(entries.has('/not-utf8-\xff\xfe'));
  assert.ok(entries.has(`/${Buffer.from('größe').toString('latin1')}`));
  assert.equal(entries.get('/large'), `file 100644 ${createHash('sha1').update(large).digest('hex')}`);
  assert.deepEqual(catalogs, ['', '/sw/tool0/1.0', '/sw/tool1/1.0', '/sw/tool2/1.0']);
  assert.ok(objectsIn(folder).includes('cf/05d6370df27a7fe3c336ea554961991f69f04f'));
  assert.deepEqual(leftoversIn(folder), []);
  cvmfs(['check', folder, '--key', masterPublic]);
});

test('what is unchanged makes no revision, and one change writes only the catalogs above it', () => {
  const folder = makeRepository();
  const tree = makeTree('steps');
  cvmfs(['publish', tree, '--to', folder]);
  const before = objectsIn(folder);
  assert.deepEqual(cvmfs(['publish', tree, '--to', folder]).isNew, false);
  assert.deepEqual(objectsIn(folder), before);
  writeFileSync(join(tree, 'sw/tool1/1.0/lib/7.txt'), 'other\n');
  const planned = cvmfs(['publish', tree, '--to', folder, '--dry-run']);
  assert.deepEqual([planned.isNew, planned.revision, planned.files], [true, 3, 1]);
  assert.deepEqual(objectsIn(folder), before);
  const changed = cvmfs(['publish', tree, '--to', folder]);
  const fresh = changed.catalogs.filter(({ isNew }) => isNew).map(({ path }) => path);
  assert.deepEqual([changed.revision, changed.files, fresh], [3, 1, ['/sw/tool1/1.0']]);
  assert.equal(objectsIn(folder).length - before.length, 4); // file, two catalogs, history
  const { entries } = assertRepository(folder, masterPublic);
  assert.match(entries.get('/sw/tool1/1.0/lib/7.txt')!, new RegExp(createHash('sha1').update('other\n').digest('hex')));
});

test('a copy with other times is read, but nothing of it is compressed again', () => {
  const folder = makeRepository();
  const tree = makeTree('copied');
  cvmfs(['publish', tree, '--to', folder]);
  const before = objectsIn(folder);
  cpSync(tree, join(top, 'copy'), { recursive: true });
  utimesSync(join(top, 'copy/hello.txt'), 1, 1);
  cvmfs(['publish', join(top, 'copy'), '--to', folder]);
  const added = objectsIn(folder).filter((name) => !before.includes(name));
  assert.ok(
    added.every((name) => /[CH]$/.test(name)),
    added.join(),
  );
  rmSync(join(folder, '.binfarm/index.sqlite'));
  cvmfs(['reindex', '--repository', folder]);
  assert.equal(cvmfs(['publish', join(top, 'copy'), '--to', folder]).isNew, false);
  assertRepository(folder, masterPublic);
});

test('a directory can have a place of its own, tags name revisions, and a rollback is a new revision', () => {
  const folder = makeRepository();
  const tree = makeTree('placed', 1);
  const at = ['publish', tree, '--to', folder, '--at', '/sw/data/7'];
  assert.equal(cvmfs([...at, '--tag', 'first']).tag, 'first');
  rmSync(join(tree, 'hello.txt'));
  cvmfs([...at, '--tag', 'second']);
  const diff = cvmfs(['diff', 'first', 'second', '--repository', folder]) as unknown as { differences: unknown };
  assert.deepEqual(diff.differences, [{ path: '/sw/data/7/hello.txt', change: 'removed', kind: 'file', entries: 1 }]);
  cvmfs(['tag', 'kept', '2', '--repository', folder]);
  const tags = cvmfs(['tag', '--repository', folder]) as unknown as { name: string; revision: number }[];
  assert.deepEqual(
    tags.map(({ name, revision }) => `${name} ${revision}`),
    ['first 2', 'kept 2', 'second 3', 'trunk 3', 'trunk-previous 2'],
  );
  const back = cvmfs(['rollback', 'first', '--repository', folder]);
  assert.deepEqual([back.revision, back.isNew], [4, true]);
  const state = assertRepository(folder, masterPublic);
  assert.ok(state.entries.has('/sw/data/7/hello.txt'));
  assert.equal(cvmfs(['rollback', 'first', '--repository', folder]).isNew, false);
  const log = cvmfs(['log', '--repository', folder]) as unknown as { revision: number }[];
  assert.deepEqual(
    log.map(({ revision }) => revision),
    [4, 3, 2, 1],
  );
  cvmfs(['check', folder, '--key', masterPublic]); // the reader that was written apart from the writer
  cvmfs(['tag', 'kept', '--remove', '--repository', folder]);
  assertRepository(folder, masterPublic);
});

test('the same tree, keys and SOURCE_DATE_EPOCH give the same bytes', () => {
  const tree = makeTree('same');
  const variables = { SOURCE_DATE_EPOCH: String(Math.floor(Date.now() / 1000)) };
  const folders = [join(top, 'same0'), join(top, 'same1')];
  for (const folder of folders) {
    cvmfs(['init', 'sw.test.org', '--to', folder, '--keys', keys], 0, variables);
    cvmfs(['publish', tree, '--to', folder], 0, variables);
  }
  const [one, two] = folders as [string, string];
  assert.deepEqual(objectsIn(one), objectsIn(two));
  for (const name of ['.cvmfspublished', '.cvmfsreflog'])
    assert.deepEqual(readFileSync(join(one, name)), readFileSync(join(two, name)));
});

const refusals: readonly {
  readonly says: string;
  readonly code: string;
  readonly exitCode?: number;
  readonly run: () => Result;
}[] = [
  {
    says: 'a name of 61 characters',
    code: 'NAME_INVALID',
    run: () => cvmfs(['init', 'a'.repeat(61), '--to', join(top, 'long')], 1),
  },
  {
    says: 'a .cvmfscatalog in the input',
    code: 'CVMFS_CONTENT_REFUSED',
    run: () => {
      const tree = makeTree('marked', 1, 1);
      writeFileSync(join(tree, 'sw/.cvmfscatalog'), '');
      return cvmfs(['publish', tree, '--to', makeRepository()], 1);
    },
  },
  {
    says: 'more entries than are allowed',
    code: 'CVMFS_CONTENT_REFUSED',
    run: () => cvmfs(['publish', makeTree('many', 1, 20), '--to', makeRepository(), '--max-entries', '10'], 1),
  },
  {
    says: 'an expired whitelist',
    code: 'WHITELIST_EXPIRED',
    run: () => {
      const folder = join(top, 'expired');
      cvmfs(['init', 'sw.test.org', '--to', folder, '--keys', keys, '--days', '0']);
      assert.equal(runBinfarm(['cvmfs', 'status', '-r', folder], { environment }).exitCode, 1);
      const refused = cvmfs(['publish', makeTree('late', 1, 1), '--to', folder], 1);
      cvmfs(['whitelist', 'renew', '--repository', folder]);
      assert.equal(cvmfs(['publish', join(top, 'late'), '--to', folder]).isNew, true);
      return refused;
    },
  },
  {
    says: 'keys of another repository',
    code: 'CVMFS_INVALID',
    run: () => {
      const folder = makeRepository();
      cvmfs(['init', 'sw.test.org', '--to', join(top, 'other'), '--keys', join(top, 'other-keys')]);
      return cvmfs(['publish', makeTree('wrong', 1, 1), '--to', folder, '--keys', join(top, 'other-keys')], 1);
    },
  },
  {
    says: 'a clock that runs backwards',
    code: 'CLOCK_INVALID',
    exitCode: 3,
    run: () =>
      cvmfs(['publish', makeTree('early', 1, 1), '--to', makeRepository()], 3, { SOURCE_DATE_EPOCH: '1600000000' }),
  },
  {
    says: 'a repository that something else has written last',
    code: 'CVMFS_FOREIGN',
    run: () => {
      const folder = makeRepository();
      writeFileSync(join(folder, '.binfarm/journal/sealed'), `${'1'.repeat(40)}\n${'2'.repeat(40)}\n`);
      const refused = cvmfs(['publish', makeTree('foreign', 1, 1), '--to', folder], 1);
      cvmfs(['reindex', '--adopt', '--repository', folder]);
      assert.equal(cvmfs(['publish', join(top, 'foreign'), '--to', folder]).isNew, true);
      return refused;
    },
  },
  {
    says: 'a folder that is no repository',
    code: 'CVMFS_NOT_FOUND',
    run: () => cvmfs(['publish', makeTree('nowhere', 1, 1), '--to', join(top, 'nothing')], 1),
  },
];

for (const { says, code, run } of refusals) {
  test(`${says} is refused with ${code}`, () => {
    const { error } = run();
    assert.equal(error?.code, code);
    assert.ok(error.hint !== undefined || code === 'CVMFS_INVALID', 'a hint');
  });
}

test('a whitelist can be signed where the master key is, and is only installed when it is right', () => {
  const elsewhere = join(top, 'elsewhere');
  cvmfs(['init', 'sw.test.org', '--to', join(top, 'master'), '--keys', elsewhere]);
  const folder = join(top, 'apart');
  const here = join(top, 'here');
  cvmfs(['init', 'sw.test.org', '--to', folder, '--keys', here, '--master-public', join(elsewhere, 'sw.test.org.pub')]);
  const at = (name: string) => join(top, `${name}.file`);
  cvmfs(['whitelist', 'request', at('request'), '--repository', folder]);
  cvmfs(['whitelist', 'renew', '--repository', folder], 1);
  const sign = (key: string, output: string) =>
    cvmfs(['whitelist', 'sign', at('request'), '--master-key', key, '--output', at(output)]);
  sign(join(keys, 'sw.test.org.masterkey'), 'wrong');
  assert.equal(
    cvmfs(['whitelist', 'install', at('wrong'), '--repository', folder], 1).error?.code,
    'SIGNATURE_INVALID',
  );
  sign(join(elsewhere, 'sw.test.org.masterkey'), 'right');
  cvmfs(['whitelist', 'install', at('right'), '--repository', folder]);
  cvmfs(['publish', makeTree('apart-tree', 1, 1), '--to', folder]);
  assertRepository(folder, join(elsewhere, 'sw.test.org.pub'));
});
