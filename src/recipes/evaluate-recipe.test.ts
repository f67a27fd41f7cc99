import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFarmError } from '../core/farm-error.ts';
import { formatCanonicalJson } from '../core/json.ts';
import { builtinBuildTypes } from '../model/build-type.ts';
import { parsePlatform } from '../model/platform.ts';
import { custom } from './builders/custom.ts';
import { make } from './builders/make.ts';
import { evaluateRecipe } from './evaluate-recipe.ts';
import type { RecipeDefinition } from './recipe-definition.ts';
import type { Step } from './recipe-step.ts';
import type { RecipeSubject } from './recipe-subject.ts';
import { sampleDependency, sampleRecipe, sampleSubject } from './sample-subject.ts';

const base: Partial<RecipeDefinition> & Pick<RecipeDefinition, 'build'> = {
  variants: { fancy: { default: false }, level: { default: '3' } },
  depends: ['cmake : build', 'zlib@1.2:', { spec: 'xz', when: '+fancy' }],
  build: make(({ on, value }) => [`FANCY=${on('fancy')}`, `LEVEL=${value('level')}`]),
};

function evaluated(definition: Partial<RecipeDefinition> = {}, changes: Partial<RecipeSubject> = {}) {
  const recipe = sampleRecipe({ ...base, ...definition });
  return evaluateRecipe(recipe, sampleSubject(recipe, changes));
}

const planOf = (...args: Parameters<typeof evaluated>) => formatCanonicalJson(evaluated(...args).plan);
const planBefore = planOf();

const unchanged: Record<string, Partial<RecipeDefinition>> = {
  'a version': {
    versions: {
      '2.0': { sha256: '2'.repeat(64), debian: 'sample_2.0.orig.tar.gz' },
      ...sampleRecipe(base).definition.versions,
    },
  },
  'an option that is off': { variants: { ...base.variants, gpu: { default: false } } },
  'an option with values that nothing asks for': {
    variants: { ...base.variants, color: { default: 'red', values: ['red', 'blue'] } },
  },
  'a dependency with a condition that does not hold': {
    depends: [...base.depends!, { spec: 'bzip2', when: '+fancy' }],
  },
  'a build tool': { depends: [...base.depends!, 'ninja : build'] },
  'a dependency of tests': { depends: [...base.depends!, 'bzip2 : test'] },
  'a conflict': { conflicts: [{ spec: '+fancy', when: '@:0' }] },
  'a test': { test: ({ prefix }) => [['ls', prefix]] },
  'another summary': { summary: 'The same package in other words' },
};

for (const [what, definition] of Object.entries(unchanged)) {
  test(`adding ${what} leaves the plan as it is`, () => {
    const version = '1.0';
    assert.equal(planOf(definition, { version }), planBefore);
  });
}

test('a mirror or another address leaves the plan as it is', () => {
  const versions = { '1.0': { sha256: '1'.repeat(64), debian: 'sample_1.0.orig.tar.gz', url: [] } };
  assert.equal(planOf({ versions }), planBefore);
  const address = (host: string) => ({ source: (version: string) => `https://${host}/sample-${version}.tar.gz` });
  assert.equal(planOf(address('one.example')), planOf(address('two.example')));
});

const changed: Record<string, [Partial<RecipeDefinition>, Partial<RecipeSubject>]> = {
  'a flag': [{ build: make(['FANCY=OFF', 'LEVEL=3', 'CFLAGS+=-funroll-loops']) }, {}],
  'an option that is on': [{}, { variants: { fancy: true } }],
  'the value of an option': [{}, { variants: { level: '4' } }],
  'the checksum of the source': [
    { versions: { '1.0': { sha256: '3'.repeat(64), debian: 'sample_1.0.orig.tar.gz' } } },
    {},
  ],
  'the build type': [{}, { platform: parsePlatform('x86_64-debian12-gcc12-dbg') }],
  'a linked dependency': [{ depends: [...base.depends!, 'bzip2'] }, {}],
  'a patch': [{ patches: ['fix.patch'] }, {}],
};

for (const [what, [definition, changes]] of Object.entries(changed)) {
  test(`another plan follows from ${what}`, () => assert.notEqual(planOf(definition, changes), planBefore));
}

test('equal input gives equal output, which JSON can carry, and the input is left alone', () => {
  const recipe = sampleRecipe(base);
  const subject = deepFreeze(sampleSubject(recipe));
  const first = evaluateRecipe(recipe, subject);
  assert.deepEqual(evaluateRecipe(recipe, subject), first);
  assert.deepEqual(JSON.parse(JSON.stringify(first)), first);
});

test('the order in which dependencies are given does not matter', () => {
  const dependencies = ['zlib', 'xz', 'bzip2'].map((name) => sampleDependency(name, ['build', 'link']));
  assert.equal(planOf({}, { dependencies }), planOf({}, { dependencies: dependencies.toReversed() }));
});

test('that a linked package also serves build or tests does not matter', () => {
  const plan = (types: 'link'[] | ('build' | 'link' | 'test')[]) =>
    planOf({}, { dependencies: [sampleDependency('zlib', types)] });
  assert.equal(plan(['link']), plan(['build', 'link', 'test']));
});

test('the plan names the options that took part and are on', () => {
  const variants = {
    fancy: { default: false },
    level: { default: '3' },
    idle: { default: true },
    deps: { default: true },
  };
  const depends = [{ spec: 'xz', when: '+deps' }];
  assert.deepEqual(evaluated({ variants, depends }).plan.variants, { deps: true, level: '3' });
});

test('tools taken from the base are recorded beside the plan, linked packages from the base in it', () => {
  const dependencies = [
    sampleDependency('cmake', ['build']),
    { ...sampleDependency('openssl', ['build', 'link']), external: { from: 'base' }, version: '3.0' },
  ];
  const { plan, buildTools } = evaluated({}, { dependencies });
  assert.deepEqual(plan.dependencies, [{ name: 'openssl', types: ['link'], external: '3.0' }]);
  assert.deepEqual(buildTools, [{ name: 'cmake', version: '1.0', from: 'base' }]);
});

test('a hashed build tool is part of the plan, another one made by the farm is not', () => {
  const depends = [{ spec: 'bison', type: 'build', hashed: true } as const, 'flex : build'];
  const { plan, buildTools, toolEnvironment } = evaluated({ depends });
  assert.deepEqual(plan.dependencies, [{ name: 'bison', types: ['build'] }]);
  assert.match(plan.env.PATH ?? '', /^@\{dep:bison\}\/bin:\/usr\/bin/);
  assert.deepEqual(buildTools, [{ name: 'flex', version: '1.0', from: 'farm' }]);
  assert.equal(toolEnvironment.PATH, '@{dep:flex}/bin');
});

test('sources are known by content; their addresses stand beside the plan', () => {
  const { plan, locations } = evaluated({
    source: (version) => [`https://a.example/s-${version}.tar.gz?raw=1`, 'https://b.example/s'],
  });
  const digest = `sha256:${'1'.repeat(64)}`;
  assert.deepEqual(plan.sources, [{ kind: 'archive', digest, file: 's-1.0.tar.gz', into: '' }]);
  assert.deepEqual(locations[0]?.urls, ['https://a.example/s-1.0.tar.gz?raw=1', 'https://b.example/s']);
  assert.deepEqual(locations[0]?.debian, { file: 'sample_1.0.orig.tar.gz' });
});

test('a source from git is known by its commit', () => {
  const { locations } = evaluated({
    source: { git: 'https://a.example/s.git' },
    versions: { '1.0': { commit: 'a'.repeat(40) } },
  });
  assert.deepEqual(locations[0]?.git, { url: 'https://a.example/s.git', commit: 'a'.repeat(40) });
});

test('tests run in their own folder', () => {
  const { tests } = evaluated({ test: ({ prefix }) => [[`${prefix}/bin/x`], { do: 'write', path: 'a', text: 'b' }] });
  assert.deepEqual(tests, [
    {
      name: 'installed',
      timeoutSeconds: 600,
      steps: [
        { do: 'run', argv: ['@{prefix}/bin/x'], cwd: '@{build}' },
        { do: 'write', path: '@{build}/a', text: 'b' },
      ],
    },
  ]);
});

const refused: Record<
  string,
  { readonly steps: () => readonly Step[]; readonly code: 'RECIPE_INVALID' | 'RECIPE_THREW'; readonly says: RegExp }
> = {
  'an undefined word': {
    steps: () => [['make', undefined as unknown as string]],
    code: 'RECIPE_INVALID',
    says: /argv\[1\]": it is undefined/,
  },
  'a function': {
    steps: () => [['make', (() => 'x') as unknown as string]],
    code: 'RECIPE_INVALID',
    says: /it is a function/,
  },
  'a date': { steps: () => [['date', new Date(0) as unknown as string]], code: 'RECIPE_INVALID', says: /class Date/ },
  'an unknown placeholder': { steps: () => [['ls', '@{home}']], code: 'RECIPE_INVALID', says: /"@\{home\}"/ },
  'a placeholder of no dependency': {
    steps: () => [['ls', '@{dep:root}/bin']],
    code: 'RECIPE_INVALID',
    says: /"@\{dep:root\}"/,
  },
  'an error of its own': {
    steps: () => {
      throw new TypeError('nothing works');
    },
    code: 'RECIPE_THREW',
    says: /nothing works/,
  },
};

for (const [what, { steps, code, says }] of Object.entries(refused)) {
  test(`a recipe that gives ${what} fails with ${code} and its file`, () => {
    assert.throws(
      () => evaluated({ build: custom({ build: steps }) }),
      (error) =>
        isFarmError(error, code) && says.test(error.message) && error.place?.file === '/recipes/sample/recipe.ts',
    );
  });
}

test('asking for an option or dependency that is not there fails and names the nearest', () => {
  assert.throws(
    () => evaluated({ build: make(({ on }) => [on('fanci')]) }),
    (error) => isFarmError(error, 'RECIPE_INVALID') && error.hint === 'Did you mean "fancy"?',
  );
  assert.throws(
    () => evaluated({ build: make(({ dep }) => [dep('xz')]) }),
    (error) => isFarmError(error, 'RECIPE_INVALID') && /"xz": it is no dependency/.test(error.message),
  );
});

test('a build type of the stack decides flags', () => {
  const buildType = { name: 'fast', flags: '-O3', cmake: 'None' };
  assert.match(evaluated({}, { buildType }).plan.env.CFLAGS ?? '', /^-O3 -ffile/);
  assert.equal(builtinBuildTypes.opt?.flags, '-O2');
});

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null)
    for (const item of Object.values(Object.freeze(value))) deepFreeze(item);
  return value;
}
