import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isFarmError } from '../core/farm-error.ts';
import { compareVersions, parseVersion, type Version } from './version.ts';

const version = (text: string) => parseVersion(text);

/** Each line is in ascending order. */
const ascending = [
  '0 1 1.0 1.0.0 1.0.1 1.2 1.2.3 1.9 1.10 1.10.1 2 10 2024.1.1',
  '1.1 1.2-alpha 1.2-alpha1 1.2alpha2 1.2-beta 1.2-beta3 1.2-rc1 1.2rc2 1.2-rc10 1.2 1.2.0',
  'feature-x 1 2.0 99999999 stable nightly trunk head master main develop',
  '1.8-develop 2.0 2.0-develop 3',
  '1.0a 1.0b 1.0.0',
  'A Z a aa b zz 0',
  '1.2-final 1.2-final1 1.2.0',
  'rc 1-rc 1-rc1 1',
  'rocm-6.2 1.8',
  '9007199254740992 9007199254740993 90071992547409921234567890 90071992547409921234567891',
  '2.0.1-3 2.0.1-10 2.0.2-1',
  '1.fl1 1.fl2 1.0',
];

for (const line of ascending) {
  test(`compareVersions puts in order: ${line}`, () => {
    const versions = line.split(' ').map(version);
    for (const [index, later] of versions.entries()) {
      for (const earlier of versions.slice(0, index)) {
        assert.equal(compareVersions(earlier, later), -1, `${earlier} < ${later}`);
        assert.equal(compareVersions(later, earlier), 1, `${later} > ${earlier}`);
      }
      assert.equal(compareVersions(later, later), 0);
    }
  });
}

for (const [a, b] of [
  ['1.2', '1-2'],
  ['1.2', '1_2'],
  ['1.02', '1.2'],
  ['1.2rc1', '1.2-rc1'],
  ['1a', '1.a'],
  ['0', '00'],
  ['1.2-final', '1.2'],
] as const) {
  test(`compareVersions holds ${a} and ${b} for the same version`, () => {
    assert.equal(compareVersions(version(a), version(b)), 0);
  });
}

for (const text of [
  '1.2.3',
  'develop',
  '2.0-rc1',
  'git.main',
  'feature_x',
  '05ea2e11e69a539a15c43d9b28902c548cc67fe5',
  '1_',
  'v2',
  'A',
]) {
  test(`parseVersion takes ${text}`, () => {
    assert.equal(parseVersion(text), text);
  });
}

for (const text of [
  '',
  ' ',
  '1 2',
  '1:2',
  '=1',
  '-1',
  '.1',
  '_1',
  '1.',
  '1-',
  '../1',
  '1/2',
  '1+2',
  'é',
  '1\n',
  'git.main=1.2',
  'x'.repeat(129),
]) {
  test(`parseVersion("${text.slice(0, 20)}") fails with VERSION_INVALID`, () => {
    assert.throws(
      () => parseVersion(text),
      (error) => isFarmError(error, 'VERSION_INVALID'),
    );
  });
}

/** Versions that are close to one another, so that all kinds of order are met. */
const anyVersionText = fc
  .array(
    fc.oneof(
      fc.constantFrom('0', '1', '2', '10', '01', 'a', 'b', 'rc', 'alpha', 'beta', 'final', 'main', 'develop'),
      fc.nat(20).map(String),
    ),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .chain((parts) =>
    fc.tuple(fc.constant(parts), fc.array(fc.constantFrom('.', '-', '_', '', '..'), { minLength: 5, maxLength: 5 })),
  )
  .map(([parts, separators]) => parts.reduce((text, part, index) => text + separators[index] + part) as Version);

test('compareVersions is a total order', () => {
  fc.assert(
    fc.property(anyVersionText, anyVersionText, anyVersionText, (a, b, c) => {
      assert.equal(compareVersions(a, b) + compareVersions(b, a), 0);
      assert.equal(compareVersions(a, a), 0);
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) assert.ok(compareVersions(a, c) <= 0);
      if (compareVersions(a, b) === 0) assert.equal(Math.sign(compareVersions(a, c)), Math.sign(compareVersions(b, c)));
    }),
    { numRuns: 2000 },
  );
});

test('parseVersion gives any text back as it is, or fails with VERSION_INVALID', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), anyVersionText), (text) => {
      try {
        assert.equal(parseVersion(text), text);
      } catch (error) {
        assert.ok(isFarmError(error, 'VERSION_INVALID'));
      }
    }),
  );
});
