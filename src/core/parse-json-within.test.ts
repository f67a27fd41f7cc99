import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isWithin, parseJsonWithin } from './parse-json-within.ts';

const enough = 1_000_000;

test('what JSON can carry comes back as it is', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const text = JSON.stringify(value);
      assert.deepEqual(parseJsonWithin(text, enough), JSON.parse(text));
    }),
  );
});

test('any text gives a value or undefined', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseJsonWithin(text, enough)));
});

const cases: readonly (readonly [says: string, text: string, most: number, within: boolean])[] = [
  ['as many values as may be', '[1,2,3]', 4, true],
  ['one value more', '[1,2,3]', 3, false],
  ['commas and brackets in a text', '["[[[,,,]]]"]', 2, true],
  ['a quote in a text', '["\\"[[[,,,"]', 2, true],
  ['a backslash at the end of a text', '["\\\\",[[1]]]', 4, false],
  ['a depth of 64', `${'['.repeat(64)}${']'.repeat(64)}`, enough, true],
  ['a depth of 65', `${'['.repeat(65)}${']'.repeat(65)}`, enough, false],
  ['a text that does not end', '["', 2, true],
];
for (const [says, text, most, within] of cases) {
  test(`${says}: ${within ? 'within' : 'beyond'}`, () => assert.equal(isWithin(text, most), within));
}
