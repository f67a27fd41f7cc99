import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRetryAfter, problemOfFetchError, retryDelay } from './address-problem.ts';
import { isRedirectAllowed } from './request-url.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const waits: readonly (readonly [header: string | null, seconds: number | undefined])[] = [
  [null, undefined],
  ['0', 0],
  ['120', 120],
  ['Thu, 01 Jan 2026 00:00:30 GMT', 30],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ['soon', undefined],
];

for (const [header, seconds] of waits) {
  test(`parseRetryAfter reads ${header}`, () => {
    assert.equal(parseRetryAfter(header, now), seconds);
  });
}

test('retryDelay doubles, has jitter and ends at 20 seconds', () => {
  assert.deepEqual(
    [1, 2, 3, 20].map((attempt) => retryDelay(attempt, 1)),
    [0.5, 1, 2, 20],
  );
  assert.equal(retryDelay(1, 0), 0.25);
});

test('retryDelay honours a wish of the server up to a minute', () => {
  fc.assert(
    fc.property(fc.nat(30), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(10_000), (attempt, random, wish) => {
      const delay = retryDelay(attempt + 1, random, wish);
      assert.ok(delay >= Math.min(60, wish) && delay <= 60);
    }),
  );
});

const redirects: readonly (readonly [from: string, to: string, allowed: boolean])[] = [
  ['http://a/', 'https://b/', true],
  ['https://a/', 'https://b/', true],
  ['http://a/', 'http://b/', true],
  ['https://a/', 'http://a/', false],
  ['https://a/', 'file:///etc/passwd', false],
  ['http://a/', 'data:text/plain,x', false],
];

for (const [from, to, allowed] of redirects) {
  test(`a redirect from ${from} to ${to} is ${allowed ? 'followed' : 'refused'}`, () => {
    assert.equal(isRedirectAllowed(new URL(from), new URL(to)), allowed);
  });
}

test('problemOfFetchError leaves a bug of binfarm alone', () => {
  assert.equal(problemOfFetchError(new RangeError('x')), undefined);
});
