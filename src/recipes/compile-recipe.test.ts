import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFarmError } from '../core/farm-error.ts';
import { formatSpec } from '../model/format-spec.ts';
import { make } from './builders/make.ts';
import { compileRecipe, dependencyDefinitionOf } from './compile-recipe.ts';
import { sampleRecipe } from './sample-subject.ts';

const valid = {
  name: 'sample',
  summary: 'A package for tests',
  license: 'MIT',
  category: 'test',
  versions: { '1.0': { sha256: '1'.repeat(64), debian: 'sample_1.0.orig.tar.gz' } },
  build: make(),
};

const text = `import { make, recipe } from 'binfarm';
export default recipe({
  name: 'sample',
  sumary: 'mistyped',
  license: 'MIT or so',
  versions: { '1.0': { sha256: 'abc' }, '1..0': {} },
  depends: ['zlib@', 'xz : biuld', '+fancy'],
  variants: { fancy: { default: 'red', values: ['blue'] } },
});
`;

const broken: readonly {
  readonly says: string;
  readonly change: object;
  readonly message: RegExp;
  readonly at: string;
  readonly hint?: RegExp;
}[] = [
  {
    says: 'an unknown key',
    change: { sumary: 'mistyped' },
    message: /"sumary" is not a key/,
    at: '4:3',
    hint: /Did you mean "summary"/,
  },
  { says: 'a missing key', change: { category: undefined }, message: /"category" is missing/, at: '' },
  { says: 'a summary with a full stop', change: { summary: 'It is.' }, message: /ends with a full stop/, at: '' },
  {
    says: 'a licence that is no SPDX expression',
    change: { license: 'MIT or so' },
    message: /no SPDX expression/,
    at: '5:13',
  },
  {
    says: 'a short checksum',
    change: { versions: { '1.0': { sha256: 'abc' } } },
    message: /64 hexadecimal/,
    at: '6:33',
  },
  {
    says: 'a version without checksum',
    change: { versions: { '1.0': { debian: 'a.tar.gz' } } },
    message: /version 1.0 has no sha256/,
    at: '6:16',
  },
  {
    says: 'a version without address',
    change: { versions: { '1.0': { sha256: '1'.repeat(64) } } },
    message: /has no address/,
    at: '6:16',
  },
  {
    says: 'a version that is none',
    change: { versions: { '1..0': valid.versions['1.0'], '-': valid.versions['1.0'] } },
    message: /Cannot read version "-"/,
    at: '6:3',
  },
  { says: 'a spec that cannot be read', change: { depends: ['zlib@'] }, message: /spec "zlib@"/, at: '7:14' },
  {
    says: 'an unknown type of dependency',
    change: { depends: ['xz : biuld'] },
    message: /"biuld" is no type/,
    at: '7:23',
    hint: /build, link, run, test/,
  },
  {
    says: 'a dependency without name',
    change: { depends: ['+fancy'] },
    message: /"\+fancy" names no package/,
    at: '7:37',
  },
  {
    says: 'a default that is not among the values',
    change: { variants: { fancy: { default: 'red', values: ['blue'] } } },
    message: /cannot have its default "red"/,
    at: '8:15',
    hint: /blue/,
  },
  {
    says: 'an on/off option with values',
    change: { variants: { fancy: { default: true, values: ['blue'] } } },
    message: /is on or off, and has values/,
    at: '8:15',
  },
  {
    says: 'a set with a value that the option does not have',
    change: { variants: { fancy: { default: 'red', multi: true, values: ['red'], sets: [['red', 'blue']] } } },
    message: /has "blue" in a set/,
    at: '8:15',
  },
  {
    says: 'sets of an option with one value',
    change: { variants: { fancy: { default: 'red', values: ['red'], sets: [['red']] } } },
    message: /takes only one/,
    at: '8:15',
  },
  {
    says: 'two defaults of a single value',
    change: { variants: { fancy: { default: ['red', 'blue'] } } },
    message: /its default is not one/,
    at: '8:15',
    hint: /multi/,
  },
  { says: 'a requirement without specs', change: { requires: [{ when: '@1:' }] }, message: /neither or both/, at: '' },
  { says: 'a name that cannot be one', change: { name: 'Sample!' }, message: /cannot be the name/, at: '3:3' },
  { says: 'a build that no builder made', change: { build: () => [] }, message: /"build".*not made by/, at: '' },
  { says: 'a patch outside of the folder', change: { patches: ['../x.patch'] }, message: /leads out of/, at: '' },
  {
    says: 'a source directory outside of the folder',
    change: { source: { directory: '/etc' } },
    message: /leads out of/,
    at: '',
  },
  {
    says: 'a checksum of a directory',
    change: { source: { directory: './src' } },
    message: /its source is a directory/,
    at: '6:16',
  },
];

for (const { says, change, message, at, hint } of broken) {
  test(`a recipe with ${says} is refused at its place`, () => {
    assert.throws(
      () => compileRecipe({ ...valid, ...change }, { file: 'recipe.ts', text }),
      (error) => {
        if (!isFarmError(error)) throw error;
        assert.match(error.message, message);
        const { line, column } = error.place ?? {};
        if (at !== '') assert.equal(`${line}:${column}`, at);
        assert.equal(error.place?.file, 'recipe.ts');
        if (hint !== undefined) assert.match(error.hint ?? '', hint);
        return true;
      },
    );
  });
}

test('something else than a recipe is refused', () => {
  for (const value of [undefined, null, 1, 'recipe', () => valid]) {
    assert.throws(
      () => compileRecipe(value, { file: 'recipe.ts', text: '' }),
      (error) => isFarmError(error, 'RECIPE_INVALID'),
    );
  }
});

test('the text form of a dependency is a spec and types', () => {
  const table: readonly (readonly [string, object])[] = [
    ['cmake@3.12: : build', { spec: 'cmake@3.12:', type: ['build'] }],
    ['python@3.6:3.11 +shared : build,  run', { spec: 'python@3.6:3.11 +shared', type: ['build', 'run'] }],
    ['zlib', { spec: 'zlib' }],
    ['zlib@1.2:', { spec: 'zlib@1.2:' }],
  ];
  for (const [entry, expected] of table) assert.deepEqual(dependencyDefinitionOf(entry), expected);
});

test('metadata holds what the solver needs, as data', () => {
  const { metadata } = sampleRecipe({
    build: make(),
    versions: {
      '2.0': { ...valid.versions['1.0'], preferred: true },
      '1.0': { ...valid.versions['1.0'], deprecated: true },
    },
    variants: {
      fancy: { default: false },
      level: { default: '3', values: ['3', '4'], when: '+fancy' },
      parts: { default: ['b', 'a'], values: ['a', 'b', 'c'], multi: true },
    },
    depends: ['cmake : build', { spec: 'zlib@1.2:', when: '+fancy', type: 'run' }, 'xz'],
    conflicts: ['%gcc@:4', { spec: '+fancy', when: '@:1', message: 'fancy needs 2' }],
    requires: ['+fancy', { oneOf: ['level=3', 'level=4'], when: '+fancy' }],
    provides: ['samples@1:'],
  });
  assert.deepEqual(JSON.parse(JSON.stringify(metadata)), metadata);
  assert.deepEqual(metadata.versions, [
    { version: '2.0', preferred: true },
    { version: '1.0', deprecated: true },
  ]);
  assert.deepEqual(
    metadata.variants.map(({ kind, default: value }) => [kind, value]),
    [
      ['bool', false],
      ['single', ['3']],
      ['multi', ['a', 'b']],
    ],
  );
  assert.deepEqual(
    metadata.dependencies.map(({ spec, types, when }) => [formatSpec(spec), types.join(), when && formatSpec(when)]),
    [
      ['cmake', 'build', undefined],
      ['zlib@1.2:', 'run', '+fancy'],
      ['xz', 'build,link', undefined],
    ],
  );
  assert.equal(metadata.conflicts[1]?.message, 'fancy needs 2');
  assert.deepEqual(
    metadata.requires.map(({ policy, specs }) => [policy, specs.length]),
    [
      ['any_of', 1],
      ['one_of', 2],
    ],
  );
  assert.equal(metadata.provides[0]?.spec.name, 'samples');
});

test('compileRecipe reads conditions of values, sets of values and what is sticky', () => {
  const values = ['none', '70', { value: '90', when: '@2:' }];
  const cuda = { default: 'none', multi: true, values, sets: [['none'], ['70', '90']], sticky: true };
  const [variant] = compileRecipe({ ...valid, variants: { cuda } }, { file: 'recipe.ts', text }).metadata.variants;
  assert.deepEqual(variant?.values, ['none', '70', '90']);
  assert.deepEqual(variant.sets, [['none'], ['70', '90']]);
  assert.equal(variant.sticky, true);
  assert.deepEqual(
    Object.entries(variant.valueWhen ?? {}).map(([value, when]) => [value, formatSpec(when)]),
    [['90', '@2:']],
  );
});
