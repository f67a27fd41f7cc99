import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatSpec } from './format-spec.ts';
import { intersectSpecs, type SpecFacts, type SpecSubject, satisfies } from './match-spec.ts';
import { parseSpec } from './parse-spec.ts';
import { parseVersion } from './version.ts';

const subject: SpecSubject = {
  name: 'hepmc3',
  version: parseVersion('3.2.5'),
  variants: { python: true, rootio: false, cxxstd: '17', libs: ['shared', 'static'] },
};

const facts: SpecFacts = {
  arch: 'x86_64_v3+avx2',
  os: 'debian12',
  compiler: { name: 'gcc', version: parseVersion('12.2.0') },
  buildType: 'opt',
};

for (const [holds, specs] of [
  [true, ['@:', 'hepmc3', '@3', '@3.2:', 'hepmc3@=3.2.5', '@:3.2', '@1,3.2.5']],
  [false, ['zlib', '@4:', '@=3.2', 'zlib@3', '@:3.1', '@3.3,3.4']],
  [true, ['+python', '~rootio', '+python~rootio', 'cxxstd=17', 'libs=shared', 'libs=static,shared']],
  [false, ['~python', '+rootio', 'cxxstd=14', 'cxxstd=14,17', 'libs=shared,module', 'python=on', '+cxxstd', '~libs']],
  [false, ['+docs', '~docs', 'docs=html', '+constructor', '~toString', '__proto__=x']],
  [
    true,
    ['%gcc', '%gcc@12', '%gcc@:12.2', '%gcc@11:', 'platform=linux', 'os=debian12', 'hepmc3@3 +python %gcc os=debian12'],
  ],
  [false, ['%clang', '%gcc@13:', '%gcc@:11', 'platform=darwin', 'platform=windows', 'os=debian13', '+python %clang']],
  [
    true,
    [
      'target=x86_64:',
      'target=x86_64_v3',
      'target=x86_64_v2:x86_64_v4',
      'target=:x86_64_v3',
      'target=aarch64:,x86_64:',
    ],
  ],
  [
    false,
    [
      'target=x86_64',
      'target=x86_64_v4:',
      'target=:x86_64_v2',
      'target=aarch64:',
      'target=zen4:',
      'target=:',
      'target=x86_64_v3:aarch64',
    ],
  ],
  [true, ['^zlib@1.3:', '+python ^zlib']],
] as const) {
  for (const text of specs) {
    test(`hepmc3@3.2.5 ${holds ? 'satisfies' : 'does not satisfy'} ${text}`, () => {
      assert.equal(satisfies(subject, parseSpec(text), facts), holds);
    });
  }
}

test('a compiler is known by any of its names', () => {
  const clang = { ...facts, compiler: { name: 'llvm', version: parseVersion('16') } };
  assert.ok(satisfies(subject, parseSpec('%clang@16'), clang));
});

for (const [os, platform] of [
  ['macos14', 'darwin'],
  ['windows11', 'windows'],
  ['freebsd14', 'freebsd'],
  ['el9', 'linux'],
] as const) {
  test(`platform=${platform} holds on ${os}`, () => {
    assert.ok(satisfies(subject, parseSpec(`platform=${platform}`), { ...facts, os }));
  });
}

for (const [a, b, both] of [
  ['@:', 'zlib', 'zlib'],
  ['zlib@1.2:', 'zlib@:1.4', 'zlib@1.2:1.4'],
  ['zlib@1', 'zlib@2', undefined],
  ['zlib', 'bzip2', undefined],
  ['+a', '~b', '+a ~b'],
  ['+a', '~a', undefined],
  ['+a', 'a=x', undefined],
  ['libs=a', 'libs=b', 'libs=a,b'],
  ['libs=a,b', 'libs=b', 'libs=a,b'],
  ['os=x', 'platform=linux', 'platform=linux os=x'],
  ['os=x', 'os=y', undefined],
  ['platform=linux', 'platform=darwin', undefined],
  ['%gcc@11:', '%gcc@:12', '%gcc@11:12'],
  ['%gcc', '%clang', undefined],
  ['%gcc@11', '%gcc@12', undefined],
  ['target=x86_64:', 'target=:x86_64_v2', 'target=x86_64,x86_64_v2'],
  ['target=x86_64:', 'target=aarch64:', undefined],
  ['target=x86_64:', '@1', '@1 target=x86_64:'],
  ['^zlib@1.2:', '^zlib@:1.4 ^xz', '^zlib@1.2:1.4 ^xz'],
  ['^zlib@1', '^zlib@2', undefined],
] as const) {
  test(`${a} and ${b} together are ${both ?? 'impossible'}`, () => {
    const joined = intersectSpecs(parseSpec(a), parseSpec(b));
    assert.equal(joined && formatSpec(joined), both);
  });
}

const part = (...texts: string[]) => fc.constantFrom('', ...texts);
const spec = fc
  .tuple(
    part('@3', '@3.2:', '@:3.1', '@=3.2.5', '@1,3.2'),
    part('+python', '~python'),
    part('cxxstd=17', 'cxxstd=14'),
    part('libs=shared', 'libs=static', 'libs=module,shared'),
    part('target=x86_64:', 'target=:x86_64_v2', 'target=x86_64_v3,aarch64:'),
    part('%gcc@11:', '%gcc@:12.1', '%clang'),
  )
  .map((parts) => parseSpec(parts.join(' ').trim() || '@:'));

test('a package satisfies the intersection of two specs exactly where it satisfies both', () => {
  fc.assert(
    fc.property(spec, spec, (a, b) => {
      const joined = intersectSpecs(a, b);
      const both = satisfies(subject, a, facts) && satisfies(subject, b, facts);
      assert.equal(joined !== undefined && satisfies(subject, joined, facts), both);
      const swapped = intersectSpecs(b, a);
      assert.equal(swapped && formatSpec(swapped), joined && formatSpec(joined));
    }),
    { numRuns: 1000 },
  );
});
