import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

/** A few that show a plain configure, autotools with a regeneration, a makefile and a link between two; with --full everything that ships. */
const stack = (sets: string, recipes: string) => `farm: shipped
platforms: [x86_64-debian12-gcc12]
recipes: ${recipes}
sets: ${sets}
externals:
  autoconf: { from: base }
  automake: { from: base }
  cmake: { from: base }
  libtool: { from: base }
  m4: { from: base }
  tcl: { from: base }
`;

interface PackageRow {
  readonly name: string;
  readonly relocatable?: boolean;
}

test(`${full ? 'every recipe that ships' : 'a part of the recipes'} builds from its real source, passes its test at another prefix, and installs at the shortest and the longest path`, () => {
  const folder = join(top, 'farm');
  assert.equal(runBinfarm(['init', folder]).exitCode, 0);
  const repository = join(import.meta.dirname, '../../stacks/nova/recipes');
  const sets = full ? allSets() : '{ small: [zlib, bzip2, libffi, eigen3] }';
  writeFileSync(join(folder, 'binfarm.yaml'), stack(sets, `[${JSON.stringify(repository)}, builtin]`));
  const build = runBinfarm(['build', '--json'], { folder });
  assert.equal(build.exitCode, 0, build.stdout + build.stderr);
  const { built, failed } = JSON.parse(build.stdout) as { built: string[]; failed: unknown[] };
  assert.deepEqual(failed, []);
  assert.ok(built.length >= (full ? 12 : 4), `${built.length} built`);
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

function allSets(): string {
  const recipes = runBinfarm(['build', '--dry-run', '--json', '--farm', join(import.meta.dirname, '../../stacks/all')]);
  assert.equal(recipes.exitCode, 0, recipes.stderr);
  const { preview } = JSON.parse(recipes.stdout) as {
    preview: { packages: readonly { name: string; action: string }[] };
  };
  const names = preview.packages.filter(({ action }) => action !== 'external').map(({ name }) => name);
  return `{ all: ${JSON.stringify(names)} }`;
}
