import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { formatCanonicalJson } from '../core/json.ts';
import type { VariantValue } from '../model/lock.ts';
import { parsePlatform } from '../model/platform.ts';
import { compileRecipe } from './compile-recipe.ts';
import { evaluateRecipe } from './evaluate-recipe.ts';
import { builtinRecipes, openRecipes } from './load-recipes.ts';
import type { Recipe } from './loaded-recipe.ts';
import { sampleSubject } from './sample-subject.ts';

const nova = fileURLToPath(new URL('../../stacks/nova/recipes', import.meta.url));
const collection = await openRecipes([nova, builtinRecipes]);
const recipes = await Promise.all(collection.names().map(collection.load));
const tools = new Set(['autoconf', 'automake', 'cmake', 'libtool', 'm4', 'tcl']);

/** Every on/off option the other way round. */
function flippedVariants({ metadata }: Recipe): Record<string, VariantValue> {
  const switches = metadata.variants.filter(({ kind }) => kind === 'bool');
  return Object.fromEntries(switches.map((variant) => [variant.name, !variant.default]));
}

test('the shipped recipes are those that the stacks and the guide name', () => {
  // biome-ignore format: a list
  const names = [
    'bzip2', 'cfitsio', 'clhep', 'curl', 'eigen3', 'expat', 'fastjet', 'fmt', 'gmp', 'googletest', 'gsl', 'hdf5',
    'hepmc3', 'libffi', 'libxml2', 'lz4', 'mpfr', 'ncurses', 'nova-toy', 'openssl', 'pcre2', 'python', 'readline',
    'sqlite3', 'xz', 'yaml-cpp', 'zlib', 'zstd',
  ];
  assert.deepEqual(collection.names(), names);
});

for (const recipe of recipes) {
  const { name } = recipe.metadata;

  test(`${name} has all that people and audits need, and a test`, () => {
    assert.ok(
      recipe.info.homepage !== undefined || recipe.directory !== undefined,
      'it has neither homepage nor own source',
    );
    assert.ok(recipe.definition.test !== undefined, 'it has no test');
    for (const { name: variant, summary } of recipe.metadata.variants)
      assert.ok(summary, `option ${variant} has no summary`);
  });

  test(`${name} depends on recipes that exist, or on tools of the base`, () => {
    const unknown = recipe.metadata.dependencies
      .map(({ spec }) => spec.name!)
      .filter((item) => !collection.names().includes(item) && !tools.has(item));
    assert.deepEqual(unknown, []);
  });

  test(`${name} evaluates to data, equal each time, for every option and build type`, () => {
    for (const type of ['opt', 'dbg']) {
      for (const variants of [{}, flippedVariants(recipe)]) {
        const subject = sampleSubject(recipe, { variants, platform: parsePlatform(`x86_64-debian12-gcc12-${type}`) });
        const first = evaluateRecipe(recipe, subject);
        assert.equal(formatCanonicalJson(evaluateRecipe(recipe, structuredClone(subject))), formatCanonicalJson(first));
        assert.ok(first.tests.every(({ steps }) => steps.length > 0) && first.tests.length > 0);
        assert.equal(first.plan.sources.length, first.locations.length);
      }
    }
  });

  test(`${name} keeps its plan when a version and an option that is off are added`, () => {
    const { definition } = recipe;
    const version =
      recipe.directory === undefined ? { sha256: '9'.repeat(64), url: 'https://example.org/next.tar.gz' } : {};
    const more = {
      ...definition,
      versions: { ...definition.versions, '99.9': version },
      variants: { ...definition.variants, gpu: { default: false } },
    };
    const extended = compileRecipe(more, { file: recipe.file, text: '// a comment' });
    const plan = (from: Recipe) => formatCanonicalJson(evaluateRecipe(from, sampleSubject(from)).plan);
    assert.equal(plan(extended), plan(recipe));
  });
}
