import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isFarmError } from '../core/farm-error.ts';
import { parseBinhostLocation } from './parse-location.ts';

const good: readonly (readonly [string, object])[] = [
  ['/srv/binhost', { kind: 'directory', path: '/srv/binhost' }],
  ['./with space', { kind: 'directory', path: './with space' }],
  ['file:///srv/a%20b', { kind: 'directory', path: '/srv/a b' }],
  ['https://x.org/nova', { kind: 'web', base: new URL('https://x.org/nova/') }],
  ['http://x.org', { kind: 'web', base: new URL('http://x.org/') }],
  ['oci://x.org/a/b', registry('https://x.org', 'x.org', 'a/b/', false)],
  ['oci://x.org:5000', registry('https://x.org:5000', 'x.org:5000', '', false)],
  ['oci://localhost:5000/a', registry('http://localhost:5000', 'localhost:5000', 'a/', false)],
  ['oci://127.0.0.1:5000/', registry('http://127.0.0.1:5000', '127.0.0.1:5000', '', false)],
  ['oci+https://localhost:5000', registry('https://localhost:5000', 'localhost:5000', '', false)],
  ['oci+http://x.org/a', registry('http://x.org', 'x.org', 'a/', true)],
  ['oci://docker.io/nova', registry('https://registry-1.docker.io', 'docker.io', 'nova/', false)],
  ['s3://bucket', s3('', 'https://s3.us-east-1.amazonaws.com', 'us-east-1', false)],
  ['s3://bucket/a/b/?endpoint=https://s3.x.org&region=eu', s3('a/b/', 'https://s3.x.org', 'eu', true)],
  ['s3://bucket?endpoint=http://127.0.0.1:9000&style=host', s3('', 'http://127.0.0.1:9000', 'us-east-1', false)],
];

function registry(base: string, host: string, prefix: string, allowPlain: boolean): object {
  return { kind: 'registry', base: new URL(base), host, prefix, allowPlain };
}

function s3(prefix: string, endpoint: string, region: string, pathStyle: boolean): object {
  return { kind: 's3', bucket: 'bucket', prefix, endpoint: new URL(endpoint), region, pathStyle };
}

for (const [text, wanted] of good) {
  test(`parseBinhostLocation("${text}") is a ${(wanted as { kind: string }).kind}`, () => {
    assert.deepEqual(parseBinhostLocation(text), wanted);
  });
}

const bad: readonly (readonly [string, RegExp])[] = [
  ['', /empty/],
  ['ftp://x.org', /no kind of binhost/],
  ['https://user:secret@x.org/', /user or a password/],
  ['oci://user:secret@x.org/', /user or a password/],
  ['https://x.org/?a=b', /query/],
  ['https://x.org/#a', /fragment/],
  ['https://', /no address/],
  ['oci://x.org/UPPER', /no name of a repository/],
  ['oci://x.org/a//b', /no name of a repository/],
  ['oci://x.org/a?x=y', /no address of a registry/],
  ['s3://b', /no bucket/],
  ['s3://bucket?endpoint=http://x.org', /not https/],
  ['s3://bucket?secret=x', /"secret" is no part/],
  ['s3://bucket?style=other', /style/],
  ['file://host/path', /no path on this machine/],
];

for (const [text, message] of bad) {
  test(`parseBinhostLocation("${text}") fails with BINHOST_INVALID`, () => {
    assert.throws(
      () => parseBinhostLocation(text),
      (error) => {
        assert.ok(isFarmError(error, 'BINHOST_INVALID'));
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /:secret/);
        return true;
      },
    );
  });
}

test('whatever is said to be a location is one, or BINHOST_INVALID', () => {
  const scheme = fc.constantFrom('', 'oci://', 'oci+http://', 's3://', 'https://', 'file://');
  fc.assert(
    fc.property(scheme, fc.string({ unit: 'binary' }), (start, rest) => {
      try {
        parseBinhostLocation(`${start}${rest}`);
      } catch (error) {
        assert.ok(isFarmError(error, 'BINHOST_INVALID'), String(error));
      }
    }),
  );
});
