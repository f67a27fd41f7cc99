import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { copyFarm, makeFarm, makeTopFolder } from './farm-fixture.ts';
import { type RecipeFiles, tinyPackages } from './tiny-packages.ts';

/** A package whose one installed file is what a command prints. */
function packageOf(name: string, command: string, more = ''): RecipeFiles {
  return {
    'recipe.ts': `import { custom, recipe } from 'binfarm';

export default recipe({
  name: '${name}',
  summary: 'One file',
  license: 'Apache-2.0',
  category: 'test',
  source: { directory: './src' },
  versions: { '1.0': {} },
  ${more}
  build: custom({ install: ({ prefix }) => [['sh', '-ec', \`mkdir -p \${prefix}; ${command} > \${prefix}/${name}\`]] }),
});
`,
    'src/readme': 'nothing\n',
  };
}

const top = makeTopFolder('packages');
const farm = makeFarm(join(top, 'farm'), {
  recipes: {
    alpha: tinyPackages.alpha!,
    sealed: packageOf('sealed', `echo 'at \${prefix}' | gzip -n`),
    user: packageOf('user', 'echo text', "depends: ['sealed : run'],"),
  },
});

before(() => {
  assert.deepEqual(farm.build(), ['alpha', 'sealed', 'user']);
});

interface Report {
  readonly relocatableClosures: number;
  readonly notBuilt: readonly string[];
  readonly packages: readonly {
    readonly name: string;
    readonly relocatable: boolean;
    readonly closureRelocatable: boolean;
    readonly reasons: readonly { readonly path: string; readonly reason: string }[];
    readonly heldBy: readonly string[];
    readonly carriers: Readonly<Record<string, { readonly files: number; readonly places: number }>>;
  }[];
}

test('binfarm package relocatable gives a verdict for packages and for what they need, with the place that is at fault', () => {
  const report = farm.json<Report>(['package', 'relocatable'], 1);
  assert.deepEqual(
    report.packages.map(({ name, relocatable, closureRelocatable }) => [name, relocatable, closureRelocatable]),
    [
      ['alpha', true, true],
      ['sealed', false, false],
      ['user', true, false],
    ],
  );
  const [alpha, sealed, user] = report.packages;
  assert.deepEqual(alpha?.carriers, {
    text: { files: 2, places: 2 },
    binary: { files: 1, places: 1 },
    symlink: { files: 0, places: 0 },
  });
  assert.deepEqual(sealed?.reasons, [
    { path: 'sealed', reason: 'compressed (gzip): its content has the build root, first at byte 3 of it' },
  ]);
  assert.match(user?.heldBy.join() ?? '', /^sealed-1\.0-[0-9a-f]{20}$/);
  assert.equal(report.relocatableClosures, 1);
});

test('binfarm package relocatable takes names, and succeeds when all of them can be moved', () => {
  const { stdout, exitCode } = farm.run('package', 'relocatable', 'alpha');
  assert.equal(exitCode, 0);
  assert.match(stdout, /^✓ {2}alpha {2}1\.0 {2}2 text files, 1 binary file /);
  assert.match(stdout, /\n1 of 1 closure \(100 %\) can be installed at any path of at most 64 bytes\.\n$/);
});

test('binfarm package verify reads packages again and tells the one that is damaged', () => {
  const copy = copyFarm(farm, join(top, 'damaged'));
  assert.equal(copy.run('package', 'verify').exitCode, 0);
  const blob = blobOf(copy.path('binhost'), 'alpha');
  const bytes = readFileSync(blob);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(blob, bytes);
  const { stdout, exitCode } = copy.run('package', 'verify');
  assert.equal(exitCode, 1);
  assert.match(stdout, /✗ alpha-1\.0-[0-9a-f]{20}: Cannot /);
  assert.match(stdout, /\n1 package of 3 cannot be used\.\n$/);
});

test('binfarm package diff tells what differs between two packages, by path or by name', () => {
  const blob = blobOf(farm.path('binhost'), 'alpha');
  assert.equal(farm.run('package', 'diff', 'alpha', blob).stdout, 'No difference.\n');
  const { stdout, exitCode } = farm.run('package', 'diff', 'sealed', 'user-1.0');
  assert.equal(exitCode, 1);
  assert.match(stdout, /\n- sealed\n\+ user\n$/);
  const missing = farm.run('package', 'diff', 'sealed', 'users');
  assert.equal(missing.exitCode, 1);
  assert.match(missing.stderr, /PACKAGE_NOT_FOUND/);
});

/** The largest file below a package's part of a binhost. */
function blobOf(binhost: string, name: string): string {
  const files = globSync(`${binhost}/**/${name}/blobs/**`, { withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return paths.sort((a, b) => readFileSync(b).length - readFileSync(a).length)[0]!;
}
