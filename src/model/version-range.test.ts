import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isFarmError } from '../core/farm-error.ts';
import { parseVersion, type Version } from './version.ts';
import {
  anyVersion,
  formatVersionRange,
  includesVersion,
  intersectRanges,
  isAnyVersion,
  isSubrange,
  parseVersionRange,
  rangesOverlap,
} from './version-range.ts';

/** What a range holds, and what it does not. */
const members: readonly (readonly [range: string, holds: string, lacks: string])[] = [
  ['1.2', '1.2 1.2.0 1.2.9 1.2.1-rc1 1-2 1.2a', '1.1 1.3 1 12 1.20 1.2-rc1 1.3-rc1 develop'],
  ['=1.2', '1.2 1_2', '1.2.0 1.2.1 1.1'],
  ['1.2:1.4', '1.2 1.2.9 1.3 1.4 1.4.9 1.4-rc1', '1.1.9 1.5 1.2-rc1 1.5-alpha'],
  [':3', '0 1.9 3 3.9 3-rc1 feature', '4 3000 stable'],
  ['1.2:', '1.2 1.2.1 2 99 main develop stable', '1.1 1 1.2-beta2 feature'],
  [':', '0 1 feature develop 1-rc1', ''],
  ['1.0,2.0:2.2,5:', '1.0 1.0.3 2.1 2.2.9 5 6 main', '1.1 1.9 2.3 3 4.9'],
  ['=1.2,1.4', '1.2 1.4 1.4.1', '1.2.1 1.3'],
  ['main', 'main main.1', 'develop master 1'],
  ['1.2-rc1', '1.2-rc1', '1.2-rc10 1.2 1.2-rc2'],
  ['1.2-rc', '1.2-rc 1.2-rc1 1.2rc9', '1.2 1.2-beta1'],
  [':develop', '1 main develop', ''],
  ['develop:', 'develop develop.1', 'main 9'],
  ['1.2.3:1.2', '1.2.3 1.2.9', '1.2.2 1.2 1.3'],
  ['2.7:2.8,3.3.5:', '2.7.18 3.3.5 4', '3.3.4 3 2.9'],
];

for (const [text, holds, lacks] of members) {
  test(`the range @${text} holds ${holds} and not ${lacks || 'nothing'}`, () => {
    const range = parseVersionRange(text);
    const included = (version: string) => includesVersion(range, parseVersion(version));
    for (const version of holds.split(' ')) assert.ok(included(version), version);
    for (const version of lacks.split(' ').filter((one) => one !== '')) assert.ok(!included(version), version);
  });
}

const canonical: readonly (readonly [text: string, formatted: string])[] = [
  ['1.2', '1.2'],
  ['1.2:1.2', '1.2'],
  ['=1.2', '=1.2'],
  [' 1.2 , 3 ', '1.2,3'],
  ['3,1', '1,3'],
  ['1:3,2:4', '1:4'],
  ['1:,3:', '1:'],
  ['5.0:,main', '5.0:'],
  ['1.2,=1.2.5', '1.2'],
  ['1.2,1.2.5', '1.2'],
  ['=1.2,=1.2', '=1.2'],
  ['=2021,2021.4:2021.7', '=2021,2021.4:2021.7'],
  ['2023:,:b', ':b,2023:'],
  ['1.1,1.2', '1.1,1.2'],
  [':3,2:', ':'],
];

for (const [text, formatted] of canonical) {
  test(`the range @${text} formats as @${formatted}`, () => {
    assert.equal(formatVersionRange(parseVersionRange(text)), formatted);
  });
}

for (const text of [
  '',
  ',',
  '1,',
  ',1',
  '1:2:3',
  '2:1',
  '1.3:1.2.9',
  '=',
  '=1:2',
  '1:=2',
  ':=1',
  'a b',
  '1.2.',
  '@1',
  '1;2',
  'main:1',
]) {
  test(`parseVersionRange("${text}") fails with VERSION_INVALID`, () => {
    assert.throws(
      () => parseVersionRange(text),
      (error) => isFarmError(error, 'VERSION_INVALID'),
    );
  });
}

const intersections: readonly (readonly [a: string, b: string, both: string])[] = [
  ['1.2:', ':1.4', '1.2:1.4'],
  ['1.2', '1.2.3:', '1.2.3:1.2'],
  ['1.2', '1.3', '(none)'],
  ['=1.2', '1', '=1.2'],
  ['=1.2', '1.2.1:', '(none)'],
  ['1:2,4:5', '2:4', '2,4'],
  [':', '1,3', '1,3'],
  ['1.2', '=1.2', '=1.2'],
];

for (const [a, b, both] of intersections) {
  test(`the ranges @${a} and @${b} have in common ${both}`, () => {
    const [left, right] = [parseVersionRange(a), parseVersionRange(b)];
    assert.equal(formatVersionRange(intersectRanges(left, right)), both);
    assert.deepEqual(intersectRanges(right, left), intersectRanges(left, right));
    assert.equal(rangesOverlap(left, right), both !== '(none)');
  });
}

for (const [a, b, expected] of [
  ['1.2.3', '1.2', true],
  ['=1.2', '1.2', true],
  ['1.2', '=1.2', false],
  ['1.2:1.3', '1:', true],
  ['1,3', '1:2,3:4', true],
  ['1:3', '1:2,3', false],
  [':', '1:', false],
] as const) {
  test(`@${a} is ${expected ? 'a' : 'no'} subrange of @${b}`, () => {
    assert.equal(isSubrange(parseVersionRange(a), parseVersionRange(b)), expected);
  });
}

test('only the whole range is any version', () => {
  assert.ok(isAnyVersion(anyVersion));
  assert.ok(isAnyVersion(parseVersionRange(':')));
  for (const text of ['1:', ':1', '1', ':1,2:']) assert.ok(!isAnyVersion(parseVersionRange(text)), text);
});

const versionText = fc
  .tuple(
    fc.array(fc.constantFrom('0', '1', '2', '3', 'a', 'main'), { minLength: 1, maxLength: 3 }),
    fc.constantFrom('', '-rc1', '-rc', '-alpha', 'beta2'),
  )
  .map(([parts, stage]) => (parts.join('.') + stage) as Version);

const intervalText = fc.oneof(
  versionText,
  versionText.map((version) => `=${version}`),
  versionText.map((version) => `${version}:`),
  versionText.map((version) => `:${version}`),
  fc.tuple(versionText, versionText).map((bounds) => bounds.join(':')),
);

/** Ranges over a small set of versions, so that they meet often. */
const rangeOf = fc.array(intervalText, { minLength: 1, maxLength: 4 }).map((texts) => {
  try {
    return parseVersionRange(texts.join(','));
  } catch {
    return parseVersionRange(texts[0]?.replace(/:.+/, ':') ?? ':'); // an interval was empty
  }
});

test('parseVersionRange reads back what formatVersionRange writes', () => {
  fc.assert(
    fc.property(rangeOf, (range) => {
      assert.deepEqual(parseVersionRange(formatVersionRange(range)), range);
    }),
  );
});

test('an intersection holds what both hold, a union what one holds', () => {
  fc.assert(
    fc.property(rangeOf, rangeOf, versionText, (a, b, version) => {
      const union = [a, b].map(formatVersionRange).join(',');
      const [inA, inB] = [includesVersion(a, version), includesVersion(b, version)];
      assert.equal(includesVersion(intersectRanges(a, b), version), inA && inB);
      assert.equal(includesVersion(parseVersionRange(union), version), inA || inB);
    }),
    { numRuns: 2000 },
  );
});

test('ranges overlap where their intersection is not empty, and an intersection is a subrange of both', () => {
  fc.assert(
    fc.property(rangeOf, rangeOf, (a, b) => {
      const both = intersectRanges(a, b);
      assert.equal(rangesOverlap(a, b), both.length > 0);
      assert.ok(isSubrange(both, a) && isSubrange(both, b));
      assert.deepEqual(intersectRanges(a, a), a);
      if (both.length > 0) assert.deepEqual(parseVersionRange(formatVersionRange(both)), both);
    }),
    { numRuns: 2000 },
  );
});

test('a subrange holds nothing that the other does not hold', () => {
  fc.assert(
    fc.property(rangeOf, rangeOf, versionText, (a, b, version) => {
      if (isSubrange(a, b) && includesVersion(a, version)) assert.ok(includesVersion(b, version));
    }),
    { numRuns: 2000 },
  );
});

test('parseVersionRange of any text gives a range or fails with VERSION_INVALID', () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('1', '2', '.', ':', ',', '=', 'a', '-', ' ') }));
  fc.assert(
    fc.property(text, (any) => {
      try {
        const range = parseVersionRange(any);
        assert.deepEqual(parseVersionRange(formatVersionRange(range)), range);
      } catch (error) {
        assert.ok(isFarmError(error, 'VERSION_INVALID'));
      }
    }),
  );
});
