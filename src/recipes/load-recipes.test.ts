import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { isFarmError } from '../core/farm-error.ts';
import type { PackageName } from '../model/names.ts';
import { builtinRecipes, openRecipes, recipeFoldersOf } from './load-recipes.ts';

const top = await mkdtemp(join(tmpdir(), 'binfarm-recipes-'));
after(() => rm(top, { recursive: true }));

let count = 0;

/** A new recipe repository with these files. */
async function repository(files: Readonly<Record<string, string>>): Promise<string> {
  count += 1;
  const folder = join(top, String(count));
  await mkdir(folder);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

function recipeText(name: string, more = ''): string {
  return `import { make, recipe } from 'binfarm';

export default recipe({
  name: '${name}',
  summary: 'A package for tests',
  license: 'MIT',
  category: 'test',
  versions: { '1.0': { sha256: '${'1'.repeat(64)}', debian: 'sample_1.0.orig.tar.gz' } },
  ${more}
  build: make(),
});
`;
}

const name = (text: string) => text as PackageName;

test('recipes are found by their folders, and of two with one name that of the first repository is used', async () => {
  const own = await repository({ 'b/recipe.ts': recipeText('b', "contact: 'us',") });
  const common = await repository({ 'a/recipe.ts': recipeText('a'), 'b/recipe.ts': recipeText('b') });
  const recipes = await openRecipes([own, common]);
  assert.deepEqual(recipes.names(), ['a', 'b']);
  const found = await recipes.load(name('b'));
  assert.equal(found.info.contact, 'us');
  assert.equal(found.folder, join(own, 'b'));
  assert.equal(await recipes.load(name('b')), found);
});

test('a recipe that is not needed is not loaded', async () => {
  const folder = await repository({
    'a/recipe.ts': recipeText('a', "depends: ['b'],"),
    'b/recipe.ts': recipeText('b'),
    'c/recipe.ts': 'throw 1;',
  });
  const reachable = await (await openRecipes([folder])).loadReachable([name('a')]);
  assert.deepEqual(
    ['a', 'b', 'c'].map((item) => reachable.recipe(name(item))?.metadata.name),
    ['a', 'b', undefined],
  );
});

test('providers of a virtual package are found, with what they need, also by a dependency of a dependency', async () => {
  const folder = await repository({
    'a/recipe.ts': recipeText('a', "depends: ['b'],"),
    'b/recipe.ts': recipeText('b', "depends: ['mpi'],"),
    'openmpi/recipe.ts': recipeText('openmpi', "provides: ['mpi@3'], depends: ['hwloc'],"),
    'mpich/recipe.ts': recipeText('mpich', "provides: ['mpi'],"),
    'hwloc/recipe.ts': recipeText('hwloc'),
  });
  const reachable = await (await openRecipes([folder])).loadReachable([name('a')]);
  assert.deepEqual(reachable.providers(name('mpi')), ['mpich', 'openmpi']);
  assert.equal(reachable.recipe(name('hwloc'))?.metadata.name, 'hwloc');
  assert.equal(reachable.recipe(name('mpi')), undefined);
});

test('names known to come from elsewhere are looked up nowhere', async () => {
  const folder = await repository({
    'a/recipe.ts': recipeText('a', "depends: ['cmake : build'],"),
    'broken/recipe.ts': 'throw 1;',
  });
  const reachable = await (await openRecipes([folder])).loadReachable([name('a')], [name('cmake')]);
  assert.equal(reachable.recipe(name('a'))?.metadata.name, 'a');
});

test('a recipe can be in several files, and have patches', async () => {
  const folder = await repository({
    'a/recipe.ts': `import { summary } from '../shared/summary.ts';\n${recipeText('a', "patches: ['fix.patch'],").replace("'A package for tests'", 'summary')}`,
    'a/fix.patch': '--- a\n+++ b\n',
    'shared/summary.ts': "export const summary = 'Said elsewhere';\n",
  });
  const recipe = await (await openRecipes([folder])).load(name('a'));
  assert.equal(recipe.info.summary, 'Said elsewhere');
  assert.deepEqual(recipe.patches, [{ file: 'fix.patch', text: '--- a\n+++ b\n', strip: 1 }]);
});

const broken: Record<
  string,
  {
    readonly files: Readonly<Record<string, string>>;
    readonly code: 'RECIPE_INVALID' | 'RECIPE_THREW';
    readonly says: RegExp;
    readonly line?: number;
  }
> = {
  'a name that is not its folder': {
    files: { 'a/recipe.ts': recipeText('b') },
    code: 'RECIPE_INVALID',
    says: /folder "a" and describes "b"/,
    line: 4,
  },
  'no recipe.ts': { files: { 'a/readme': '' }, code: 'RECIPE_INVALID', says: /no readable recipe.ts/ },
  'no default export': {
    files: { 'a/recipe.ts': 'export const a = 1;' },
    code: 'RECIPE_INVALID',
    says: /exports no recipe/,
  },
  'a patch that is not there': {
    files: { 'a/recipe.ts': recipeText('a', "patches: ['fix.patch'],") },
    code: 'RECIPE_INVALID',
    says: /patch "fix.patch"/,
    line: 9,
  },
  'an error when it is loaded': {
    files: { 'a/recipe.ts': '\nconst x: number = 1;\nthrow new Error("lost " + x);' },
    code: 'RECIPE_THREW',
    says: /lost 1/,
    line: 3,
  },
  'a syntax error': {
    files: { 'a/recipe.ts': 'export default {\n  name = 1;\n' },
    code: 'RECIPE_THREW',
    says: /Cannot load recipe/,
  },
  'an import that does not exist': {
    files: { 'a/recipe.ts': "import { x } from 'left-pad';\nexport default x;" },
    code: 'RECIPE_THREW',
    says: /left-pad/,
  },
};

for (const [what, { files, code, says, line }] of Object.entries(broken)) {
  test(`a recipe with ${what} fails with ${code} and its place`, async () => {
    const folder = await repository(files);
    await assert.rejects((await openRecipes([folder])).load(name('a')), (error) => {
      if (!isFarmError(error, code)) throw error;
      assert.match(error.message, says);
      assert.equal(error.place?.file, join(folder, 'a/recipe.ts'));
      if (line !== undefined) assert.equal(error.place?.line, line);
      return true;
    });
  });
}

test('an unknown recipe fails and names the nearest', async () => {
  await assert.rejects(
    (await openRecipes([builtinRecipes])).load(name('hepmc')),
    (error) => isFarmError(error, 'RECIPE_UNKNOWN') && error.hint === 'Did you mean "hepmc3"?',
  );
});

test('a repository that does not exist is empty', async () => {
  assert.deepEqual((await openRecipes([join(top, 'nowhere')])).names(), []);
});

test('repositories are folders relative to the farm folder, or builtin', () => {
  assert.deepEqual(recipeFoldersOf(['./recipes', '/shared/recipes', 'builtin'], '/farm'), [
    '/farm/recipes',
    '/shared/recipes',
    builtinRecipes,
  ]);
});
