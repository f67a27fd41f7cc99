import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { assertWhole, contentsOf, rememberStore } from './area-state.ts';
import { makeFarm, makeTopFolder } from './farm-fixture.ts';
import { findTemporary } from './read-tree.ts';
import { makeReleaseFarm, type PlainPackage } from './release-fixture.ts';
import { type Run, runBinfarm } from './run-binfarm.ts';
import { verifyStored } from './stored-packages.ts';
import type { RecipeFiles } from './tiny-packages.ts';

const top = makeTopFolder('kill-at-rename');
const farm = makeFarm(join(top, 'farm'), { recipes: { one: recipeOf('one'), two: recipeOf('two') } });
const library = join(top, 'killer.so');

/** A package that is only copied, so that the test is quick. */
function recipeOf(name: string): RecipeFiles {
  const text = `import { none, recipe } from 'binfarm';

export default recipe({
  name: '${name}',
  summary: 'Some data',
  license: 'Apache-2.0',
  category: 'test',
  source: { directory: './src' },
  versions: { '1.0': {} },
  build: none({ '.': 'share' }),
});
`;
  return { 'recipe.ts': text, [`src/${name}.txt`]: name };
}

/** Ends a process at its n-th call of rename(2), which is where everything that binfarm writes comes to be. */
const killer = `#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
static atomic_int calls;
int rename(const char *from, const char *to) {
  int (*next)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
  const char *last = getenv("KILL_AT_RENAME");
  if (last != NULL && atomic_fetch_add(&calls, 1) + 1 == atoi(last)) raise(SIGKILL);
  return next(from, to);
}
`;

before(() => {
  const source = join(top, 'killer.c');
  writeFileSync(source, killer);
  const { status, stderr } = spawnSync('gcc', ['-shared', '-fPIC', source, '-o', library, '-ldl'], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
});

/** Runs a command that ends before its n-th rename. */
function runUntil(rename: number, argv: readonly string[]): Run {
  const environment = { ...farm.environment, LD_PRELOAD: library, KILL_AT_RENAME: String(rename) };
  return runBinfarm(argv, { folder: farm.folder, environment });
}

test('a build that is killed before any of its renames leaves only whole packages, and the next one finishes the work', async () => {
  let killed = 0;
  for (let rename = 1; ; rename += 1) {
    for (const name of ['.binfarm', 'binhost', 'binfarm.lock'])
      rmSync(farm.path(name), { recursive: true, force: true });
    const run = runUntil(rename, ['build']);
    if (run.exitCode === 0) break;
    assert.equal(run.exitCode, null, run.stderr);
    killed += 1;
    const there = await verifyStored(farm);
    assert.deepEqual([...there, ...farm.build()].sort(), ['one', 'two'], `killed before rename ${rename}`);
    assert.deepEqual(await verifyStored(farm), ['one', 'two']);
    assert.deepEqual(findTemporary(farm.folder), [], `killed before rename ${rename}`);
  }
  assert.ok(killed > 10, `${killed} renames`);
});

test('an installation that is killed before any of its renames is usable, or not there yet, and the next one finishes it', () => {
  let killed = 0;
  for (let rename = 1; ; rename += 1) {
    const area = join(top, `area${rename}`);
    const run = runUntil(rename, ['install', '--prefix', area]);
    if (run.exitCode === 0) break;
    assert.equal(run.exitCode, null, run.stderr);
    killed += 1;
    assert.equal(existsSync(join(area, 'current')), existsSync(join(area, 'current', 'view', 'share', 'two.txt')));
    assert.equal(farm.run('install', '--prefix', area).exitCode, 0);
    assert.ok(existsSync(join(area, 'setup.sh')));
    assert.ok(existsSync(join(area, 'current', 'view', 'share', 'two.txt')));
    assert.deepEqual(findTemporary(area), [], `killed before rename ${rename}`);
  }
  assert.ok(killed > 5, `${killed} renames`);
});

test('an upgrade, a removal, a rollback and a clean-up that are killed before any of their renames leave a whole area, and the next one finishes the work', async () => {
  const packages = (version: string) =>
    ['a', 'b', 'c'].map(
      (name): PlainPackage => ({ name, version: name === 'a' ? '1' : version, bytes: 1000, files: 1 }),
    );
  const made = await makeReleaseFarm(join(top, 'releases'), [
    { name: '1', packages: packages('1') },
    { name: '2', packages: packages('2') },
  ]);
  const area = join(top, 'in-steps');
  const saved = join(top, 'saved');
  const run = (argv: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
    runBinfarm(argv, { environment: { ...made.environment, ...environment } });
  const mustRun = (argv: readonly string[]) => {
    const { exitCode, stderr } = run(argv);
    assert.equal(exitCode, 0, stderr);
  };
  const install = (release: string) => [
    ...['install', '--prefix', area, '--release', `tiny/${release}`, '--from', made.binhost, '--key', made.key],
  ];
  mustRun(install('1'));
  let reference = rememberStore(area);
  const steps = [
    install('2'),
    ['remove', 'b', '--area', area],
    ['rollback', area, '--to', '1'],
    ['gc', area, '--keep', '0'],
  ];
  for (const argv of steps) {
    rmSync(saved, { recursive: true, force: true });
    cpSync(area, saved, { recursive: true, verbatimSymlinks: true });
    mustRun(argv);
    const wanted = contentsOf(area);
    reference = rememberStore(area, reference);
    let killed = 0;
    for (let rename = 1; ; rename += 1) {
      rmSync(area, { recursive: true });
      cpSync(saved, area, { recursive: true, verbatimSymlinks: true });
      const { exitCode, stderr } = run(argv, { LD_PRELOAD: library, KILL_AT_RENAME: String(rename) });
      if (exitCode === 0) break;
      assert.equal(exitCode, null, stderr);
      killed += 1;
      await assertWhole(area, reference);
      mustRun(argv);
      assert.deepEqual(contentsOf(area), wanted, `${argv[0]}, killed before rename ${rename}`);
    }
    assert.ok(killed > 0, `${argv[0]} has ${killed} renames`);
  }
});
