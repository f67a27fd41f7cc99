import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '../../../core/digest-text.ts';
import type { SourceLocation } from '../../../model/source-location.ts';
import { type AddressOptions, addressesOf } from './addresses-of.ts';
import { debianPoolUrls } from './debian-pool.ts';

const hex = 'ab'.repeat(32);
const location: SourceLocation = {
  kind: 'archive',
  digest: `sha256:${hex}` as Digest,
  file: 'gsl+x-2.7.tar.gz',
  urls: ['https://upstream.example.org/gsl.tar.gz'],
  debian: { file: 'gsl_2.7.1+dfsg.orig.tar.gz' },
};
const base = { uri: 'http://deb.example.org/debian', components: ['contrib', 'main'], securityOnly: false };
const options: AddressOptions = {
  mirrors: [
    { kind: 'directory', path: '/srv/src files' },
    { kind: 'http', base: 'http://m.example.org/src/' },
    { kind: 'debian-pool' },
  ],
  mirrorsFirst: false,
  offline: false,
  aptBases: [base],
};
const mirrored = [
  'file:///srv/src%20files/gsl+x-2.7.tar.gz',
  `file:///srv/src%20files/sha256/${hex}`,
  'http://m.example.org/src/gsl%2Bx-2.7.tar.gz',
  `http://m.example.org/src/sha256/${hex}`,
  'http://deb.example.org/debian/pool/main/g/gsl/gsl_2.7.1%2Bdfsg.orig.tar.gz',
  'http://deb.example.org/debian/pool/contrib/g/gsl/gsl_2.7.1%2Bdfsg.orig.tar.gz',
];

test('addressesOf puts upstream before the mirrors in their order', () => {
  assert.deepEqual(addressesOf(location, options), { urls: [...location.urls, ...mirrored], skipped: [] });
});

test('addressesOf puts mirrors first when the settings say so', () => {
  assert.deepEqual(addressesOf(location, { ...options, mirrorsFirst: true }).urls, [...mirrored, ...location.urls]);
});

test('addressesOf looks first in the folder that a local file lies in', () => {
  const { urls } = addressesOf({ ...location, directory: '/farm/files' }, options);
  assert.equal(urls[0], 'file:///farm/files/gsl+x-2.7.tar.gz');
});

test('addressesOf leaves nothing but folders when binfarm is offline, and says so', () => {
  const { urls, skipped } = addressesOf(location, { ...options, offline: true });
  assert.deepEqual(urls, mirrored.slice(0, 2));
  assert.deepEqual(skipped[0], { url: location.urls[0], reason: 'not tried, binfarm is offline' });
});

test('addressesOf says why the Debian pool is of no use', () => {
  const pool = { ...options, mirrors: [{ kind: 'debian-pool' as const }] };
  const reasonOf = (where: SourceLocation, how: AddressOptions) =>
    addressesOf(where, how).skipped.map(({ reason }) => reason);
  assert.deepEqual(reasonOf(location, { ...pool, aptBases: [] }), [
    'this machine has no apt configuration that names one',
  ]);
  const { debian: _, ...without } = location;
  assert.deepEqual(reasonOf(without, pool), ['the recipe does not say what the file is called there']);
});

for (const file of ['', '..', 'a/b', '/etc/passwd', 'a\0b']) {
  test(`addressesOf refuses the file name ${JSON.stringify(file)}`, () => {
    assert.throws(() => addressesOf({ ...location, file }, options), { code: 'PATH_UNSAFE' });
  });
}

const pool: readonly (readonly [file: string, path: string])[] = [
  ['zlib_1.2.13.dfsg.orig.tar.bz2', 'z/zlib/zlib_1.2.13.dfsg.orig.tar.bz2'],
  ['libffi_3.4.4.orig.tar.gz', 'libf/libffi/libffi_3.4.4.orig.tar.gz'],
  ['fastjet_3.4.0+dfsg.orig.tar.xz', 'f/fastjet/fastjet_3.4.0%2Bdfsg.orig.tar.xz'],
  ['gcc-12_12.2.0.orig.tar.xz', 'g/gcc-12/gcc-12_12.2.0.orig.tar.xz'],
  ['native_1.0.tar.xz', 'n/native/native_1.0.tar.xz'],
  ['x2_1~rc1.orig-data.tar.gz', 'x/x2/x2_1~rc1.orig-data.tar.gz'],
];

for (const [file, path] of pool) {
  test(`debianPoolUrls finds ${file}`, () => {
    assert.deepEqual(debianPoolUrls(file, [{ ...base, components: ['main'] }]), [`${base.uri}/pool/main/${path}`]);
  });
}

test('debianPoolUrls knows where the archive of security updates has its pool', () => {
  const security = { uri: 'http://deb.example.org/debian-security', components: ['main'], securityOnly: true };
  assert.deepEqual(debianPoolUrls('openssl_3.0.22.orig.tar.gz', [security]), [
    `${security.uri}/pool/updates/main/o/openssl/openssl_3.0.22.orig.tar.gz`,
  ]);
});

for (const file of ['zlib.tar.gz', '../x_1.orig.tar.gz', 'x_1/../y.orig.tar.gz', 'X_1.orig.tar.gz', 'x_1.dsc']) {
  test(`debianPoolUrls refuses "${file}"`, () => {
    assert.throws(() => debianPoolUrls(file, [base]), { code: 'RECIPE_INVALID' });
  });
}
