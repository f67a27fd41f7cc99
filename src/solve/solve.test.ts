import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PackageName } from '../model/names.ts';
import { parseSpec } from '../model/parse-spec.ts';
import type { RecipeMetadata } from '../model/recipe.ts';
import { parseVersion } from '../model/version.ts';
import { solve } from './solve.ts';
import type { SolveRequest } from './solve-types.ts';

function recipeOf(name: string, versions: readonly string[], depends: readonly string[] = []): RecipeMetadata {
  return {
    name: name as PackageName,
    versions: versions.map((version) => ({ version: parseVersion(version) })),
    variants: [{ name: 'shared', kind: 'bool', default: true }],
    dependencies: depends.map((text) => ({ spec: parseSpec(text), types: ['build', 'link'] })),
    conflicts: [],
    requires: [],
    provides: [],
  };
}

function requestOf(
  recipes: readonly RecipeMetadata[],
  roots: readonly (readonly [set: string, spec: string])[],
): SolveRequest {
  const byName = new Map(recipes.map((recipe) => [recipe.name, recipe]));
  return {
    recipe: (name) => byName.get(name),
    providers: () => [],
    names: () => [...byName.keys()],
    roots: roots.map(([set, text]) => ({ set, spec: parseSpec(text) })),
    prefer: [],
    require: [],
    externals: [],
    facts: {
      arch: 'x86_64',
      os: 'debian12',
      compiler: { name: 'gcc', version: parseVersion('12.2.0') },
      buildType: 'opt',
    },
  };
}

test('a solution lists the members of each set, and for each package who asked for it and how', () => {
  const recipes = [recipeOf('hepmc3', ['3.3'], ['zlib@1.2:']), recipeOf('zlib', ['1.3', '1.2'])];
  const result = solve(
    requestOf(recipes, [
      ['generators', 'hepmc3@3'],
      ['base', 'zlib@:1.3'],
    ]),
  );
  assert.ok(result.solved);
  assert.deepEqual(result.platform.sets, { base: ['zlib'], generators: ['hepmc3'] });
  assert.deepEqual(result.platform.packages, {
    hepmc3: {
      name: 'hepmc3',
      version: '3.3',
      variants: { shared: true },
      dependencies: [{ key: 'zlib', types: ['build', 'link'] }],
      reasons: [{ from: 'set generators', asks: 'hepmc3@3' }],
    },
    zlib: {
      name: 'zlib',
      version: '1.3',
      variants: { shared: true },
      dependencies: [],
      reasons: [
        { from: 'hepmc3', asks: 'zlib@1.2:' },
        { from: 'set base', asks: 'zlib@:1.3' },
      ],
    },
  });
});

test('a solution tells what it costs by each criterion', () => {
  const recipes = [recipeOf('app', ['1'], ['zlib@1.2 ~shared']), recipeOf('zlib', ['1.4', '1.3', '1.2'])];
  const result = solve(requestOf(recipes, [['main', 'app']]));
  assert.ok(result.solved);
  assert.equal(result.toolsApart, false);
  assert.deepEqual(Object.fromEntries(result.criteria.map(({ name, cost }) => [name, cost])), {
    twins: 0,
    'unwelcome versions': 0,
    'versions of roots': 0,
    'preferred variants': 0,
    'default variants': 1,
    providers: 0,
    versions: 2,
    packages: 2,
  });
});

test('nothing asked for is solved by nothing', () => {
  const result = solve(requestOf([], []));
  assert.deepEqual(result.solved && result.platform, { sets: {}, packages: {} });
});

test('recipes that the request does not lead to are not read', () => {
  const read: string[] = [];
  const request = requestOf(
    [recipeOf('app', ['1'], ['zlib']), recipeOf('zlib', ['1']), recipeOf('other', ['1'])],
    [['main', 'app']],
  );
  solve({
    ...request,
    recipe: (name) => {
      read.push(name);
      return request.recipe(name);
    },
  });
  assert.deepEqual([...new Set(read)].sort(), ['app', 'zlib']);
});
