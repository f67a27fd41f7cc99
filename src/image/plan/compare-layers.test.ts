import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../core/digest.ts';
import { compareLayers } from './compare-layers.ts';

const layers = (names: string) => [...names].map((name) => ({ digest: digestOf(name), size: name.codePointAt(0)! }));

for (const { before, after, changed, above } of [
  { before: 'abc', after: 'abc', changed: '', above: '' },
  { before: 'abc', after: 'aXc', changed: 'X', above: 'Xc' },
  { before: 'abc', after: 'acb', changed: '', above: 'cb' },
  { before: 'abc', after: 'abcd', changed: 'd', above: 'd' },
  { before: '', after: 'ab', changed: 'ab', above: 'ab' },
]) {
  test(`who has ${before || 'nothing'} fetches "${changed}" for ${after}, and Docker "${above}"`, () => {
    const sum = (names: string) => ({
      layers: names.length,
      bytes: layers(names).reduce((total, { size }) => total + size, 0),
    });
    assert.deepEqual(compareLayers(layers(before), layers(after)), { changed: sum(changed), above: sum(above) });
  });
}

test('a layer that is not made yet is fetched', () => {
  const made = { digest: undefined, size: 7 };
  assert.deepEqual(compareLayers(layers('a'), [...layers('a'), made]).changed, { layers: 1, bytes: 7 });
});
