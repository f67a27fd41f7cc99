import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertRepository, leftoversIn, objectsIn } from './cvmfs-state.ts';
import { makeTopFolder } from './farm-fixture.ts';
import { makeReleaseFarm } from './release-fixture.ts';
import { runBinfarm } from './run-binfarm.ts';

const top = makeTopFolder('cvmfs-release');
const keys = join(top, 'keys');
const masterPublic = join(keys, 'sw.test.org.pub');
const one = { name: 'one', version: '1', bytes: 300_000, files: 130 };
const two = { name: 'two', version: '1', bytes: 20_000, needs: ['one'] };
const fixed = { ...two, version: '2' };
const farm = await makeReleaseFarm(join(top, 'farm'), [
  { name: '1', packages: [one, two] },
  { name: '2', packages: [one, fixed] },
]);
const folder = join(top, 'repository');

function cvmfs<Value>(argv: readonly string[], exitCode = 0): Value {
  const run = runBinfarm(['cvmfs', ...argv, '--json'], { folder: farm.folder, environment: farm.environment });
  assert.equal(run.exitCode, exitCode, `${argv.join(' ')}: ${run.stderr}${run.stdout}`);
  return JSON.parse(run.stdout) as Value;
}

interface Result {
  readonly revision: number;
  readonly isNew: boolean;
  readonly files: number;
  readonly catalogs: readonly { readonly path: string; readonly isNew: boolean }[];
  readonly removed?: readonly string[];
  readonly error?: { readonly code: string };
}

test('releases are published relocated, with views and latest, and what they share is stored once', () => {
  cvmfs(['init', 'sw.test.org', '--to', folder, '--keys', keys]);
  const planned = cvmfs<Result>(['publish', '1', '--to', folder, '--dry-run']);
  assert.ok(planned.isNew && planned.files > 130);
  assert.equal(cvmfs<Result>(['publish', '1', '--to', folder]).revision, 2);
  const { entries, catalogs } = assertRepository(folder, masterPublic);
  const program = [...entries].find(([path]) => /^\/store\/one-1-[0-9a-f]{20}\/bin\/one$/.test(path))!;
  const prefix = `/cvmfs/sw.test.org${program[0].slice(0, -'/bin/one'.length)}`;
  const script = `#!/bin/sh\nread -r data < ${prefix}/share/one/data.txt\necho "one 1 with $data"\n`;
  assert.equal(program[1], `file 100755 ${createHash('sha1').update(script).digest('hex')}`);
  assert.equal(entries.get('/latest'), 'link releases/1');
  assert.equal(entries.get('/releases/1/x86_64-debian12-gcc12-opt/view/bin/one'), `link ${prefix}/bin/one`);
  assert.ok(entries.has('/releases/1/x86_64-debian12-gcc12-opt/setup.sh'));
  assert.equal(catalogs.filter((path) => path.startsWith('/store/')).length, 2);
  assert.equal(cvmfs<Result>(['publish', '1', '--to', folder]).isNew, false);
});

test('a patched release adds only the objects of the changed package', () => {
  const before = objectsIn(folder);
  const result = cvmfs<Result>(['publish', 'latest', '--to', folder]);
  const fresh = result.catalogs.filter(({ isNew }) => isNew).map(({ path }) => path.replace(/-[0-9a-f]{20}/, ''));
  assert.deepEqual(fresh.sort(), ['/releases', '/releases/2', '/store', '/store/two-2']);
  const state = assertRepository(folder, masterPublic);
  assert.equal(state.entries.get('/latest'), 'link releases/2');
  const contents = objectsIn(folder).filter((name) => !before.includes(name) && !/[CH]$/.test(name));
  const own = [...state.entries].filter(
    ([path, what]) => path.startsWith('/store/two-2-') && what.startsWith('file'),
  ).length;
  assert.ok(contents.length <= own + 4, `${contents.length} objects for ${own} files`);
  assert.deepEqual(leftoversIn(folder), []);
});

test('a release that is removed takes with it what no other one needs', () => {
  assert.equal(cvmfs<Result>(['remove', '2', '--repository', folder], 1).error?.code, 'CVMFS_CONTENT_REFUSED');
  const { removed } = cvmfs<Result>(['remove', '1', '--repository', folder]);
  assert.deepEqual(
    removed!.map((name) => name.slice(0, 5)),
    ['two-1'],
  );
  const { entries } = assertRepository(folder, masterPublic);
  assert.equal([...entries.keys()].filter((path) => path.startsWith('/store/two-1')).length, 0);
  assert.ok([...entries.keys()].some((path) => path.startsWith('/store/one-1')));
  cvmfs(['check', folder, '--key', masterPublic]);
});

test('without the index, a release that was removed is published again without a new content', () => {
  cvmfs(['reindex', '--repository', folder]);
  const before = objectsIn(folder);
  cvmfs(['publish', '1', '--to', folder, '--no-latest']);
  assertRepository(folder, masterPublic);
  assert.deepEqual(
    objectsIn(folder).filter((name) => !before.includes(name) && !/[CH]$/.test(name)),
    [],
  );
});

test('a directory does not take the place of releases by mistake', () => {
  const refused = cvmfs<Result>(['publish', join(farm.folder, 'recipes'), '--to', folder], 1);
  assert.equal(refused.error?.code, 'CVMFS_CONTENT_REFUSED');
});
