import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceLoops } from './source-loops.ts';

function loopsOf(edges: Readonly<Record<string, string>>): string[] {
  const predecessors = new Map(Object.entries(edges).map(([vertex, before]) => [vertex, [...before]]));
  return sourceLoops(Object.keys(edges), predecessors)
    .map((loop) => [...loop].sort().join(''))
    .sort();
}

const cases: readonly [says: string, edges: Record<string, string>, loops: string[]][] = [
  ['a vertex that nothing leads to is a source', { a: '' }, ['a']],
  ['what follows a source is none', { a: '', b: 'a', c: 'b' }, ['a']],
  ['a loop is one source', { a: 'b', b: 'a' }, ['ab']],
  ['a loop that another leads to is none', { a: 'b', b: 'a', c: 'ad', d: 'c' }, ['ab']],
  ['there can be several', { a: '', b: '', c: 'ab', d: 'e', e: 'd' }, ['a', 'b', 'de']],
];

for (const [says, edges, loops] of cases) test(`sourceLoops: ${says}`, () => assert.deepEqual(loopsOf(edges), loops));
