import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runBinfarm } from './run-binfarm.ts';

const full = process.env.BINFARM_TEST_FULL !== undefined;
const top = mkdtempSync(join(tmpdir(), 'shipped-'));
after(() => rmSync(top, { recursive: true, force: true }));

/** Six characters. */
const short = `/${(process.pid % 0xfffff).toString(16).padStart(5, '0').slice(-5)}`;
const long = join(top, 'x').padEnd(64, 'x');
after(() => rmSync(short, { recursive: true, force: true }));

/** A few that show a plain configure, autotools with a regeneration, a makefile and a link between two; with --full everything that ships, with the options of stacks/all. */
function stack(): string {
  const all = readFileSync(join(import.meta.dirname, '../../stacks/all/binfarm.yaml'), 'utf8');
  const repository = JSON.stringify(join(import.meta.dirname, '../../stacks/nova/recipes'));
  const text = all.replace('../nova/recipes', repository);
  assert.notEqual(text, all);
  return full ? text : text.replace(/^sets:\n( .*\n)+/m, 'sets: { small: [zlib, bzip2, libffi, eigen3] }\n');
}

interface PackageRow {
  readonly name: string;
  readonly relocatable?: boolean;
}

test(`${full ? 'every recipe that ships' : 'a part of the recipes'} builds from its real source, passes its test at another prefix, and installs at the shortest and the longest path`, () => {
  const folder = join(top, 'farm');
  assert.equal(runBinfarm(['init', folder]).exitCode, 0);
  writeFileSync(join(folder, 'binfarm.yaml'), stack());
  const build = runBinfarm(['build', '--json'], { folder });
  assert.equal(build.exitCode, 0, build.stdout + build.stderr);
  const { built, failed } = JSON.parse(build.stdout) as { built: string[]; failed: unknown[] };
  assert.deepEqual(failed, []);
  assert.ok(built.length >= (full ? 28 : 4), `${built.length} built`);
  const tested = runBinfarm(['package', 'test', '--json'], { folder });
  assert.equal(tested.exitCode, 0, tested.stdout + tested.stderr);
  for (const prefix of [short, long]) {
    const install = runBinfarm(['install', '--prefix', prefix], { folder });
    assert.equal(install.exitCode, 0, install.stderr);
  }
  const release = runBinfarm(['release', 'create', 'tested', '--json'], { folder });
  assert.equal(release.exitCode, 0, release.stdout + release.stderr);
  const { verdict, release: document } = JSON.parse(release.stdout) as {
    verdict: { faults: unknown[]; packages: number; relocatableClosures: number };
    release: { platforms: Record<string, { packages: Record<string, PackageRow> }> };
  };
  assert.deepEqual(verdict.faults, []);
  const packages = Object.values(document.platforms).flatMap((platform) => Object.values(platform.packages));
  const fixed = packages.filter(({ relocatable }) => relocatable === false).map(({ name }) => name);
  assert.deepEqual(fixed, [], 'every closure is relocatable');
});
