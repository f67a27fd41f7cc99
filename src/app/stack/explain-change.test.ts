import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainChange } from './explain-change.ts';

test('equal documents have no differences, whatever the order of their keys', () => {
  assert.deepEqual(explainChange({ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }), []);
});

test('a difference names its path, and what was there before and after', () => {
  const before = { plan: { env: { CFLAGS: '-O2' }, phases: [{ argv: ['make'] }], gone: 1 } };
  const after = { plan: { env: { CFLAGS: '-O3' }, phases: [{ argv: ['make', 'V=1'] }], new: 2 } };
  assert.deepEqual(explainChange(before, after), [
    { path: 'plan.env.CFLAGS', before: '-O2', after: '-O3' },
    { path: 'plan.gone', before: 1 },
    { path: 'plan.new', after: 2 },
    { path: 'plan.phases[0].argv', before: ['make'], after: ['make', 'V=1'] },
  ]);
});
