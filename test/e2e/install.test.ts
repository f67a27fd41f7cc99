import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { storeRootOf } from '../../src/model/store-root.ts';
import { makeFarm, makeTopFolder } from './farm-fixture.ts';
import { findText, snapshotOf } from './read-tree.ts';

const limit = 64;
const top = makeTopFolder('install');
const farm = makeFarm(join(top, 'farm'));
const short = makeShortFolder();
const long = join(top, 'long-'.repeat(limit))
  .slice(0, limit - 1)
  .concat('0');
const areas = [short, long];

/** A folder whose path has six characters. */
function makeShortFolder(): string {
  for (const letter of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789') {
    const path = `/tmp/${letter}`;
    try {
      mkdirSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw error;
    }
    after(() => rmSync(path, { recursive: true, force: true }));
    return path;
  }
  throw new Error('every name of one letter in /tmp is taken');
}

/** Runs a program with nothing in its environment, and gives what it prints. */
function output(program: string, ...words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, words, { cwd: '/', env: {}, encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, ''], `${program} ${words.join(' ')}`);
  return stdout;
}

/** Links a program against the libraries of an area, and gives what it prints. */
function outputOfLinked(area: string): string {
  const view = join(area, 'current/view');
  const source = join(top, 'use.c');
  const program = join(top, 'use');
  writeFileSync(
    source,
    '#include <beta.h>\n#include <stdio.h>\nint main(void) { char t[99]; printf("%d ", beta_read(t, 99)); puts(t); }\n',
  );
  const words = [source, '-o', program, `-I${view}/include`, `-L${view}/lib`, '-lbeta'];
  const compiled = spawnSync('gcc', [...words, `-Wl,-rpath,${view}/lib`, `-Wl,-rpath-link,${view}/lib`], {
    encoding: 'utf8',
  });
  assert.equal(compiled.status, 0, compiled.stderr);
  return output(program);
}

/** All that the installed software says of itself, the area's path left out. */
function voicesOf(area: string): string[] {
  const bin = join(area, 'current/view/bin');
  const dataPath = `${area}/store/`;
  const say = ['gamma', 'delta', 'alpha-hello'].map((name) => output(join(bin, name)));
  const pkgConfig = readFileSync(join(area, 'current/view/lib/pkgconfig/alpha.pc'), 'utf8');
  assert.ok(pkgConfig.includes(`prefix=${dataPath}alpha-1.0-`), pkgConfig);
  return [...say, outputOfLinked(area), pkgConfig.replaceAll(area, '')];
}

before(() => {
  assert.deepEqual([short.length, long.length], [6, limit]);
  farm.build();
  for (const area of areas) assert.equal(farm.run('install', '--prefix', area).exitCode, 0);
});

test('programs, libraries, scripts and data say the same at a root of 6 characters and at one as long as the limit', () => {
  const [voices, others] = areas.map(voicesOf);
  assert.deepEqual(voices, others);
  assert.deepEqual(voices?.slice(0, 3), [
    'gamma read 42 and data of alpha\n',
    'delta on its own\n',
    'hello of alpha\n',
  ]);
});

for (const [index, area] of areas.entries()) {
  const size = ['short', 'long'][index];

  test(`nothing in the ${size} area names the root of the build`, () => {
    assert.deepEqual(findText(area, storeRootOf(limit)), []);
  });

  test(`nothing in the ${size} area names the farm folder`, () => {
    assert.deepEqual(findText(area, farm.folder), []);
  });

  test(`setup.sh of the ${size} area and "binfarm shell" lead to its programs`, () => {
    const script = `. ${area}/setup.sh && command -v gamma && gamma`;
    assert.match(output('/bin/sh', '-c', script), new RegExp(`^${area}/.*gamma\ngamma read 42`));
    assert.match(farm.run('shell', area, '--', 'gamma').stdout, /^gamma read 42/);
  });
}

test('the installed software runs when the farm folder with its stores is moved away', () => {
  const away = join(top, 'away');
  renameSync(farm.folder, away);
  try {
    assert.deepEqual(voicesOf(short), voicesOf(long));
  } finally {
    renameSync(away, farm.folder);
  }
});

test('a root that is one byte too long is PREFIX_TOO_LONG, says by how much, and leaves nothing', () => {
  const before = readdirSync(top);
  const { error } = farm.json<{ error: { code: string; message: string; hint: string } }>(
    ['install', '--prefix', `${long}1`],
    1,
  );
  assert.equal(error.code, 'PREFIX_TOO_LONG');
  assert.match(error.message, /1 bytes? too long/);
  assert.match(error.hint, /prefix_length/);
  assert.deepEqual(readdirSync(top), before);
});

test('a dry run of an installation says what it would unpack and makes nothing', () => {
  const area = join(top, 'dry');
  const { unpacked } = farm.json<{ unpacked: string[] }>(['install', '--prefix', area, '--dry-run']);
  assert.deepEqual(
    unpacked.map((name) => name.split('-')[0]),
    ['alpha', 'beta', 'delta', 'gamma'],
  );
  assert.equal(existsSync(area), false);
});

test('one package is installed with what it needs to run and nothing else, and a second time nothing is done', () => {
  const area = join(top, 'one');
  assert.equal(farm.run('install', '--prefix', area, 'gamma').exitCode, 0);
  const { packages } = farm.json<{ packages: { name: string; asked: boolean }[] }>(['list', area]);
  assert.deepEqual(
    packages.map(({ name, asked }) => [name, asked]),
    [
      ['alpha', false],
      ['beta', false],
      ['gamma', true],
    ],
  );
  const before = snapshotOf(area, ['.lock']);
  assert.match(farm.run('install', '--prefix', area, 'gamma').stdout, /^Nothing to do/);
  assert.deepEqual(snapshotOf(area, ['.lock']), before);
});
