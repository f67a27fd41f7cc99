import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { inAreaPlace } from './area-place.ts';
import { makeTopFolder } from './farm-fixture.ts';
import type { Run } from './run-binfarm.ts';

const fixtures = join(import.meta.dirname, '../fixtures/area');
const binfarm = join(import.meta.dirname, '../../bin/binfarm');

/** An area that an older binfarm has made, in its place. */
interface OldArea {
  readonly path: (name: string) => string;
  readonly run: (...argv: readonly string[]) => Run;
  /** Runs binfarm, which must succeed, and gives its value. */
  readonly json: (...argv: readonly string[]) => Record<string, unknown>;
}

function unpackFixture(name: string): OldArea {
  const top = makeTopFolder('old-area');
  const place = { area: join(top, 'area'), binhost: join(top, 'binhost') };
  for (const folder of ['area', 'binhost'])
    execFileSync('tar', ['-C', top, '-xf', join(fixtures, name, `${folder}.tar.zst`)]);
  const run = (...argv: readonly string[]) => inAreaPlace(place, argv);
  return {
    path: (below) => join(place.area, below),
    run,
    json: (...argv) => {
      const { exitCode, stdout, stderr } = run(binfarm, ...argv, '--json');
      assert.equal(exitCode, 0, `${argv.join(' ')}: ${stderr}${stdout}`);
      return JSON.parse(stdout) as Record<string, unknown>;
    },
  };
}

const names = readdirSync(fixtures, { withFileTypes: true }).filter((entry) => entry.isDirectory());

for (const { name } of names) {
  describe(`an area that binfarm ${name} has left`, () => {
    test('is listed, verified and used as it is', () => {
      const { json, run, path } = unpackFixture(name);
      const { active, generations, packages } = json('list', '/media/area') as {
        active: { number: number; release: string };
        generations: unknown[];
        packages: { name: string; active: boolean }[];
      };
      assert.deepEqual([active.number, active.release, generations.length], [2, '2026.1', 2]);
      assert.deepEqual(
        packages.map((item) => [item.name, item.active]),
        [
          ['alpha', true],
          ['beta', true],
        ],
      );
      const beta = run(binfarm, 'shell', '/media/area', '--', 'beta');
      assert.equal(beta.stdout, 'beta of old\nalpha of old\n', beta.stderr);
      if (!existsSync(path('store/alpha-1.0-8ed3f6ad685b959ead70/.binfarm/placement.json'))) {
        // it was made before there were records to verify by; what has none is written anew
        json('verify', '/media/area', '--repair');
        json('update', '/media/area');
      }
      json('verify', '/media/area');
    });

    test('goes back, and forth, and gets what its channel leads to now', () => {
      const { json, run } = unpackFixture(name);
      assert.equal(json('rollback', '/media/area').to, 1);
      assert.notEqual(run(binfarm, 'shell', '/media/area', '--', 'beta').exitCode, 0);
      assert.equal(json('rollback', '/media/area', '--to', '2').to, 2);
      const updated = json('update', '/media/area');
      assert.deepEqual([updated.release, (updated.unpacked as string[]).length], ['2026.2', 1]);
      assert.equal(run('/media/area/current/view/bin/gamma').stdout, 'gamma of old\nbeta of old\nalpha of old\n');
    });

    test('gives back what is taken out of use, and nothing else', () => {
      const { json, path, run } = unpackFixture(name);
      json('remove', 'beta', '--area', '/media/area');
      const { removed } = json('gc', '/media/area', '--keep', '0') as { removed: { name: string }[] };
      assert.ok(removed.some((item) => item.name.startsWith('beta-')));
      assert.deepEqual(
        readdirSync(path('store')).map((item) => item.split('-')[0]),
        ['alpha'],
      );
      assert.equal(run('/media/area/current/view/bin/alpha').stdout, 'alpha of old\n');
    });

    test('is made anew in the same place by an installation that is no update', () => {
      const { json, run } = unpackFixture(name);
      const from = ['--from', '/media/binhost', '--release', 'nova/2026.1', '--prefix', '/media/area'];
      const again = json('install', ...from, 'beta');
      assert.deepEqual(again.unpacked, []);
      assert.equal(run('/media/area/current/view/bin/beta').stdout, 'beta of old\nalpha of old\n');
    });
  });
}

test('an area gets modulefiles when it is asked for them, and they follow what is installed and cleaned away', () => {
  const { json, run, path } = unpackFixture('0.1');
  const dry = json('activate', '/media/area', '--modules', '--dry-run');
  assert.deepEqual([dry.written, existsSync(path('modules'))], [false, false]);
  const offered = json('activate', '/media/area', '--modules');
  assert.equal(offered.line, "module use '/media/area/modules'");
  assert.deepEqual(offered.modules, ['nova/2026.1', 'nova/current']);
  assert.equal(json('activate', '/media/area', '--modules').written, false);
  json('update', '/media/area');
  const shell = ['bash', '--norc', '-c', '. /usr/share/modules/init/bash; eval "$0"; module load nova/$1 && $2'];
  const use = (release: string, program: string) => run(...shell, String(offered.line), release, program).stdout;
  assert.equal(use('2026.2', 'gamma'), 'gamma of old\nbeta of old\nalpha of old\n');
  assert.equal(use('2026.1', 'beta'), 'beta of old\nalpha of old\n');
  json('gc', '/media/area', '--keep', '0');
  assert.deepEqual(readdirSync(path('modules/nova')).sort(), ['.version', '2026.2', 'current']);
});

test('an area of a newer format is refused, with what to do, and stays as it is', () => {
  const { run, path } = unpackFixture('0.1');
  const written = readFileSync(path('area.json'), 'utf8').replace('binfarm.area/1', 'binfarm.area/2');
  writeFileSync(path('area.json'), written);
  for (const argv of [
    ['list', '/media/area'],
    ['gc', '/media/area'],
    ['rollback', '/media/area'],
    ['update', '/media/area'],
  ]) {
    const { exitCode, stderr } = run(binfarm, ...argv);
    assert.equal(exitCode, 1, stderr);
    assert.match(stderr, /AREA_TOO_NEW/);
    assert.match(stderr, /newer binfarm/);
  }
  assert.equal(readFileSync(path('area.json'), 'utf8'), written);
  assert.ok(existsSync(path('store')));
});

test('a generation of a newer format is refused, with what to do', () => {
  const { run, path } = unpackFixture('0.1');
  const place = path('generations/2/generation.json');
  writeFileSync(place, readFileSync(place, 'utf8').replace('binfarm.generation/1', 'binfarm.generation/7'));
  const { exitCode, stderr } = run(binfarm, 'list', '/media/area');
  assert.equal(exitCode, 1, stderr);
  assert.match(stderr, /AREA_TOO_NEW.*/);
});
