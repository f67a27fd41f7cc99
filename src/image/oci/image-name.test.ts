import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseImageName } from './image-name.ts';

for (const [text, expect] of [
  ['nova/full:2026.1', { name: 'nova/full', tag: '2026.1' }],
  ['nova', { name: 'nova', tag: 'latest' }],
  ['a.b-c__d/e:T_1', { name: 'a.b-c__d/e', tag: 'T_1' }],
] as const) {
  test(`${text} is read`, () => assert.deepEqual(parseImageName(text, 'latest'), expect));
}

for (const text of [
  '',
  'Nova/full',
  'nova//full',
  '/nova',
  'nova/',
  'no va',
  '../x',
  'a..b',
  'nova:',
  'nova:-x',
  'nova:a b',
  `nova:${'t'.repeat(129)}`,
  'n'.repeat(201),
  'nova:x/y',
]) {
  test(`${JSON.stringify(text.slice(0, 30))} is NAME_INVALID`, () => {
    assert.throws(() => parseImageName(text, 'latest'), { code: 'NAME_INVALID' });
  });
}
