import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { copyFarm, makeFarm, makeTopFolder, type TestFarm, withSet } from './farm-fixture.ts';
import { snapshotOf } from './read-tree.ts';

const top = makeTopFolder('rebuild');
const built = makeFarm(join(top, 'built'));
let count = 0;

before(() => {
  assert.deepEqual(built.build(), ['alpha', 'beta', 'delta', 'gamma']);
});

/** A copy of the farm in which all is built, its recipe of alpha changed. */
function farmWith(change: (recipe: string) => string): TestFarm {
  count += 1;
  const farm = copyFarm(built, join(top, `farm${count}`));
  farm.edit('recipes/alpha/recipe.ts', (before) => {
    const after = change(before);
    assert.notEqual(after, before, 'the change applies to the recipe');
    return after;
  });
  return farm;
}

/** The names of the packages that a plan would build. */
function planned(farm: TestFarm, ...argv: readonly string[]): string[] {
  const { packages } = farm.json<{ packages: { name: string; action: string }[] }>(['plan', ...argv]);
  return packages.filter(({ action }) => action === 'build').map(({ name }) => name);
}

interface Harmless {
  readonly says: string;
  readonly change: (recipe: string) => string;
}

const harmless: Harmless[] = [
  { says: 'a newer version', change: (text) => text.replace("'1.0': {}", "'1.0': {}, '1.1': {}") },
  { says: 'an older version', change: (text) => text.replace("'1.0': {}", "'0.9': {}, '1.0': {}") },
  { says: 'a comment', change: (text) => `// alpha was the first letter\n${text}` },
  {
    says: 'an option that is off',
    change: (text) =>
      text
        .replace('variants: {', "variants: {\n    quiet: { default: false, summary: 'Say nothing' },")
        .replace("'PREFIX=' + prefix,", "'PREFIX=' + prefix, ...(isOn('quiet') ? ['QUIET=1'] : []),")
        .replace('({ prefix, isOn }) =>', '({ prefix, isOn }) =>\n   '),
  },
  { says: 'another summary', change: (text) => text.replace('Library that', 'A library that') },
  {
    says: 'the same commands, written in another way',
    change: (text) => text.replace("['PREFIX=' + prefix, ", "[['PREFIX', prefix].join('='), "),
  },
  {
    says: 'a dependency that is only there when an option is on',
    change: (text) => text.replace('build: make', "depends: [{ spec: 'delta', when: '+loud' }],\n  build: make"),
  },
];

for (const { says, change } of harmless) {
  test(`${says} in a recipe rebuilds nothing`, () => {
    const farm = farmWith(change);
    const before = snapshotOf(farm.path('binhost'));
    assert.deepEqual(planned(farm), []);
    assert.deepEqual(farm.build(), []);
    assert.deepEqual(snapshotOf(farm.path('binhost')), before);
  });
}

test('a newer version is taken when the package may move, and then it and what links it are built', () => {
  const farm = farmWith((text) => text.replace("'1.0': {}", "'1.0': {}, '1.1': {}"));
  assert.deepEqual(planned(farm, '--update', 'alpha'), ['alpha', 'beta', 'gamma']);
  assert.deepEqual(farm.build('--update', 'alpha'), ['alpha', 'beta', 'gamma']);
  assert.match(farm.run('install', '--prefix', join(top, 'area')).stdout, /^4 packages installed/);
});

test('a changed flag of alpha rebuilds alpha and exactly what links it; the plan says so, and why', () => {
  const farm = farmWith((text) => text.replace("'PREFIX=' + prefix", "'PREFIX=' + prefix, 'CFLAGS=-O1'"));
  const { packages } = farm.json<{ packages: { name: string; action: string; news?: string }[] }>(['plan']);
  const told = Object.fromEntries(packages.map(({ name, action, news }) => [name, news ?? action]));
  assert.match(told.alpha!, /^changed: phases/);
  assert.deepEqual(
    { ...told, alpha: '' },
    { alpha: '', beta: 'needs a new alpha', delta: 'reuse', gamma: 'needs a new beta' },
  );
  assert.match(farm.run('plan').stdout, /^3 packages to build .*, 1 reused\.$/m);

  interface Answer {
    readonly changes: readonly { readonly path: string; readonly before?: unknown; readonly after?: unknown }[];
  }
  const [answer] = farm.json<Answer[]>(['why', 'rebuild', 'alpha']);
  assert.ok(
    answer!.changes.every(({ path }) => /^plan\.phases\[\d\]\.steps\[\d\]\.argv$/.test(path)),
    JSON.stringify(answer),
  );
  assert.match(farm.run('why', 'rebuild', 'alpha').stdout, /^ {4}\+ .*CFLAGS=-O1/m);
  const [linked] = farm.json<Answer[]>(['why', 'rebuild', 'beta']);
  assert.deepEqual(
    linked!.changes.map(({ path }) => path),
    ['dependencies.alpha'],
  );

  assert.deepEqual(farm.build(), ['alpha', 'beta', 'gamma']);
  assert.deepEqual(planned(farm), []);
});

test('a package that leaves the stack takes nothing with it, and one that comes back is not built again', () => {
  const farm = copyFarm(built, join(top, 'leaves'));
  farm.edit('binfarm.yaml', (text) => withSet(text, ['alpha', 'delta']));
  assert.deepEqual(farm.build(), []);
  farm.edit('binfarm.yaml', (text) => withSet(text, ['gamma', 'delta']));
  assert.deepEqual(planned(farm), []);
});

test('a request that moves one package leaves the others where they are, though newer versions are there', () => {
  const farm = farmWith((text) => text.replace("'1.0': {}", "'1.0': {}, '1.1': {}"));
  farm.edit('recipes/delta/recipe.ts', (text) => text.replace("'1.5': {}", "'1.5': {}, '1.6': {}"));
  farm.edit('binfarm.yaml', (text) => text.replace('"alpha"', '"alpha@1.1:"'));
  assert.deepEqual(planned(farm), ['alpha', 'beta', 'gamma']);
});

test('a changed source file rebuilds its package and what links it', () => {
  const farm = copyFarm(built, join(top, 'source'));
  farm.edit('recipes/beta/src/beta.c', (text) => `/* reads */ ${text}`);
  assert.deepEqual(planned(farm), ['beta', 'gamma']);
});

test('an option that is switched on in the stack rebuilds its package and what links it', () => {
  const farm = copyFarm(built, join(top, 'option'));
  farm.edit('binfarm.yaml', (text) => text.replace('"alpha"', '"alpha +loud"'));
  assert.deepEqual(planned(farm), ['alpha', 'beta', 'gamma']);
  assert.match(farm.run('why', 'rebuild', 'alpha').stdout, /EXTRA=-DLOUD/);
});

test('a change that is taken back rebuilds nothing: the packages are still there', () => {
  const farm = farmWith((text) => text.replace("'PREFIX=' + prefix", "'PREFIX=' + prefix, 'CFLAGS=-O1'"));
  assert.deepEqual(farm.build(), ['alpha', 'beta', 'gamma']);
  farm.edit('recipes/alpha/recipe.ts', (text) => text.replace(", 'CFLAGS=-O1'", ''));
  assert.deepEqual(planned(farm), []);
});
