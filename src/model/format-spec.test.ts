import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isFarmError } from '../core/farm-error.ts';
import { formatSpec } from './format-spec.ts';
import type { PackageName } from './names.ts';
import { parseSpec } from './parse-spec.ts';
import type { PlatformRequest, Spec } from './spec.ts';
import { anyVersion, parseVersionRange } from './version-range.ts';

for (const [text, canonical] of [
  ['hepmc3@3.1:+python cxxstd=17', 'hepmc3@3.1: +python cxxstd=17'],
  ['hepmc3 libs=b,a ~x +python', 'hepmc3 +python ~x libs=a,b'],
  ['^zlib %gcc@12:', '^zlib %gcc@12:'],
  ['%llvm platform=linux os=debian12', 'platform=linux os=debian12 %clang'],
  ['arch=linux-debian12-x86_64', 'platform=linux os=debian12 target=x86_64'],
  ['@:', '@:'],
  ['zlib@:', 'zlib'],
  ['note="two words"', 'note="two words"'],
  [`note='say "no"'`, 'note="say \\"no\\""'],
  ["programs='bsdtar'", 'programs=bsdtar'],
] as const) {
  test(`formatSpec writes ${text} as ${canonical}`, () => {
    assert.equal(formatSpec(parseSpec(text)), canonical);
  });
}

const name = fc
  .stringMatching(/^[a-z0-9][a-z0-9_.-]{0,10}$/)
  .filter((text) => !text.includes('..') && !text.startsWith('builtin.')) as fc.Arbitrary<PackageName>;
const range = fc
  .constantFrom(':', '1.2', '=1.2', '1.2:', ':1.2', '1.2:1.4', '1,3:', '=1,=2.0-rc1', 'develop', ':0,=main')
  .map(parseVersionRange);
const key = fc
  .stringMatching(/^[A-Za-z0-9_][\w.-]{0,8}$/)
  .filter(
    (text) =>
      !/^(?:platform|os|operating_system|target|arch|architecture|namespace|patches|dev_path|\w+flags|ldlibs)$/.test(
        text,
      ),
  );
const value = fc
  .oneof(fc.stringMatching(/^[\w\-+.:=%^~/\\]+$/), fc.string({ minLength: 1, maxLength: 8 }))
  .map((text) => text.replace(/[,\p{Cc}]/gu, '_').trim())
  .filter((text) => text !== '' && text !== '*' && !/^(?:true|false)$/i.test(text));
const request = fc.oneof(
  fc.boolean(),
  fc.uniqueArray(value, { minLength: 1, maxLength: 3 }).map((values) => values.sort()),
);
const fact = fc.stringMatching(/^[a-z][\w.:]{0,8}$/);
const platform = fc.record(
  {
    platform: fact,
    os: fact,
    target: fact,
    compiler: fc.record(
      { name: fc.constantFrom('gcc', 'clang', 'apple-clang', 'nvhpc'), versions: range },
      { noNullPrototype: true },
    ),
  },
  { requiredKeys: [], noNullPrototype: true },
) as fc.Arbitrary<PlatformRequest>;

const node = fc
  .record({
    name: fc.option(name, { nil: undefined }),
    versions: range,
    variants: fc.array(fc.tuple(key, request), { maxLength: 4 }),
    platform,
  })
  .map(
    ({ name: given, versions, variants, platform: facts }): Spec => ({
      ...(given !== undefined && { name: given }),
      versions,
      variants: Object.fromEntries(variants),
      platform: facts,
      dependencies: [],
    }),
  );

const spec = fc.tuple(node, fc.uniqueArray(fc.tuple(name, node), { maxLength: 3, selector: ([own]) => own })).map(
  ([root, below]): Spec => ({
    ...root,
    dependencies: below.map(([own, dependency]) => ({ ...dependency, name: own })),
  }),
);

test('parseSpec reads back what formatSpec writes', () => {
  fc.assert(
    fc.property(spec, (any) => {
      assert.deepEqual(parseSpec(formatSpec(any)), any);
    }),
    { numRuns: 1000 },
  );
});

test('parseSpec of any text gives a spec that can be written and read again, or fails with a FarmError of its own', () => {
  const pieces = fc.constantFrom(
    'zlib',
    '@',
    '1.2',
    ':',
    ',',
    '=',
    '+',
    '~',
    '-',
    'x',
    ' ',
    '%',
    'gcc',
    '^',
    '"',
    "'",
    '*',
    '/',
    '[',
    ']',
    '\\',
    'os=',
    'arch=',
    '\n',
    '\u00e9',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string({ unit: 'binary' }),
        fc.array(pieces).map((parts) => parts.join('')),
      ),
      (text) => {
        try {
          const parsed = parseSpec(text);
          assert.deepEqual(parseSpec(formatSpec(parsed)), parsed);
        } catch (error) {
          assert.ok(isFarmError(error, 'SPEC_INVALID') || isFarmError(error, 'SPEC_UNSUPPORTED'), String(error));
        }
      },
    ),
    { numRuns: 5000 },
  );
});

test('parseSpec takes no longer than a moment for the longest texts that it reads', () => {
  const started = performance.now();
  for (const piece of ['a', '1.', '1:a', '@1,', '+a', 'a=', '^a', '\\"', ' ', '"\\', 'a-', '@1:a-']) {
    for (const lead of ['', '@', '@1:', 'k="', 'zlib ']) {
      try {
        parseSpec(lead + piece.repeat(4000).slice(0, 3990));
      } catch (error) {
        assert.ok(isFarmError(error), String(error));
      }
    }
  }
  assert.ok(performance.now() - started < 5000);
});

test('a spec that asks for nothing is written as @:', () => {
  assert.equal(formatSpec({ versions: anyVersion, variants: {}, platform: {}, dependencies: [] }), '@:');
});
