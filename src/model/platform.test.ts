import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isFarmError } from '../core/farm-error.ts';
import { formatBasePlatform, formatPlatform, parseBasePlatform, parsePlatform } from './platform.ts';

test('parsePlatform reads the four parts of a name', () => {
  assert.deepEqual(parsePlatform('x86_64+avx2+fma-debian12-gcc12-opt'), {
    arch: 'x86_64',
    features: ['avx2', 'fma'],
    os: 'debian12',
    compiler: { name: 'gcc', version: '12' },
    buildType: 'opt',
  });
});

test('parseBasePlatform reads a name without build type', () => {
  assert.deepEqual(parseBasePlatform('aarch64-el9-clang16.0.3'), {
    arch: 'aarch64',
    features: [],
    os: 'el9',
    compiler: { name: 'clang', version: '16.0.3' },
  });
});

for (const text of [
  'x86_64-debian12-gcc12-opt',
  'x86_64-el9-gcc13-dbg',
  'aarch64-ubuntu2204-clang16-opt',
  'x86_64+avx2+fma-centos7-gcc11-opt',
  'x86_64-el9-gcc13-opt+g',
  'all-all-all-all',
  'x86_64-all-all-opt',
  'arm64-macos14-appleclang15-opt',
  'x86_64-debian12-native-opt',
]) {
  test(`${text} is read and written unchanged`, () => {
    const platform = parsePlatform(text);
    assert.equal(formatPlatform(platform), text);
    const base = text.split('-').slice(0, 3).join('-');
    assert.equal(formatBasePlatform(parseBasePlatform(base)), base);
  });
}

test('the features of an architecture are sorted and distinct', () => {
  assert.equal(
    formatPlatform(parsePlatform('x86_64+fma+avx2+fma-debian12-gcc12-opt')),
    'x86_64+avx2+fma-debian12-gcc12-opt',
  );
});

for (const text of [
  '',
  'x86_64',
  'x86_64-debian12-gcc12',
  'x86_64-debian12-gcc12-opt-x',
  'X86-debian12-gcc12-opt',
  '-debian12-gcc12-opt',
  'x86_64+-debian12-gcc12-opt',
  'x86_64-Debian12-gcc12-opt',
  'x86_64-debian12-gcc-opt',
  'x86_64-debian12-12-opt',
  'x86_64-debian12-gcc12-',
  'x86_64-debian12-gcc12-../x',
  'x86_64-debian 12-gcc12-opt',
  `x86_64-debian12-gcc12-${'o'.repeat(100)}`,
]) {
  test(`parsePlatform("${text.slice(0, 40)}") fails with PLATFORM_INVALID`, () => {
    assert.throws(
      () => parsePlatform(text),
      (error) => isFarmError(error, 'PLATFORM_INVALID'),
    );
  });
}

test('parseBasePlatform refuses a name with a build type', () => {
  assert.throws(
    () => parseBasePlatform('x86_64-debian12-gcc12-opt'),
    (error) => isFarmError(error, 'PLATFORM_INVALID'),
  );
});

test('parsePlatform of any text gives a platform that is written as another name of itself, or fails with PLATFORM_INVALID', () => {
  const form = fc.stringMatching(
    /^[a-z0-9_]{1,4}(?:\+[a-z0-9]{1,2}){0,2}-[a-z0-9]{1,4}-[a-z]{1,3}[0-9.]{0,3}-[a-z]{1,3}$/,
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), form), (text) => {
      try {
        const platform = parsePlatform(text);
        assert.deepEqual(parsePlatform(formatPlatform(platform)), platform);
      } catch (error) {
        assert.ok(isFarmError(error, 'PLATFORM_INVALID'), String(error));
      }
    }),
  );
});
