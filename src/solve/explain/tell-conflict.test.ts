import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConflictingDirective } from '../solve-types.ts';
import { tellConflict } from './tell-conflict.ts';

const place = { file: 'recipes/app/recipe.ts', line: 7 };
const needs = (...specs: readonly string[]): ConflictingDirective[] =>
  specs.map((spec) => ({ from: 'app', says: `needs ${spec}`, place }));

const cases: readonly [says: string, directives: readonly ConflictingDirective[], lines: readonly string[]][] = [
  [
    'a directive is a line, with its place',
    [{ from: 'set main', says: 'asks for app' }, ...needs('zlib@1.3:')],
    ['set main asks for app', 'app needs zlib@1.3:  (recipes/app/recipe.ts:7)'],
  ],
  [
    'what a recipe says of one package is one line',
    needs('zlib@1: when @1', 'zlib@2: when @2', 'zlib-ng', 'png'),
    [
      'app needs zlib@1: when @1; zlib@2: when @2  (2 directives, the first at recipes/app/recipe.ts:7)',
      'app needs zlib-ng  (recipes/app/recipe.ts:7)',
      'app needs png  (recipes/app/recipe.ts:7)',
    ],
  ],
  [
    'of many such directives some are told',
    needs('zlib@1: when @1', 'zlib@2: when @2', 'zlib@3: when @3', 'zlib@4: when @4'),
    [
      'app needs zlib@1: when @1; zlib@2: when @2; ...; zlib@4: when @4  (4 directives, the first at recipes/app/recipe.ts:7)',
    ],
  ],
];

for (const [says, directives, lines] of cases)
  test(`tellConflict: ${says}`, () => assert.deepEqual(tellConflict(directives), lines));

test('tellConflict: the middle of a long chain is left out', () => {
  const lines = tellConflict(Array.from({ length: 14 }, (_, index) => ({ from: `p${index}`, says: 'has no version' })));
  assert.equal(lines.length, 10);
  assert.equal(lines[5], '... 5 more, which --json has');
  assert.equal(lines.at(-1), 'p13 has no version');
});
