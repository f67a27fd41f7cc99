import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseChallenges } from './parse-challenge.ts';

const cases: readonly (readonly [string, ReturnType<typeof parseChallenges>])[] = [
  ['', []],
  ['Basic', [{ scheme: 'basic', parameters: {} }]],
  ['Basic realm="a, \\"b\\" = c"', [{ scheme: 'basic', parameters: { realm: 'a, "b" = c' } }]],
  [
    'Bearer realm="https://x/token",service="x y",scope="repository:a/b:pull,push"',
    [{ scheme: 'bearer', parameters: { realm: 'https://x/token', service: 'x y', scope: 'repository:a/b:pull,push' } }],
  ],
  [
    'Digest qop=auth, nonce=1 , Bearer Realm=https://x/t',
    [
      { scheme: 'digest', parameters: { qop: 'auth', nonce: '1' } },
      { scheme: 'bearer', parameters: { realm: 'https://x/t' } },
    ],
  ],
];

for (const [header, wanted] of cases) {
  test(`parseChallenges(${JSON.stringify(header)})`, () => assert.deepEqual(parseChallenges(header), wanted));
}

test('no header makes it fail, or takes long', () => {
  fc.assert(fc.property(fc.string({ maxLength: 3000 }), (header) => void parseChallenges(header)));
  const began = performance.now();
  parseChallenges(`Bearer ${'a="\\'.repeat(50_000)}`);
  parseChallenges(' ,'.repeat(100_000));
  assert.ok(performance.now() - began < 1000);
});
