import assert from 'node:assert/strict';
import {
  createPublicKey,
  generateKeyPairSync,
  privateEncrypt,
  publicDecrypt,
  verify,
  X509Certificate,
} from 'node:crypto';
import { test } from 'node:test';
import { runProcess } from '../../core/run-process.ts';
import { contentHashOf } from '../format/content-hash.ts';
import { createCertificate, fingerprintOfCertificate } from './certificate.ts';
import { formatManifest, parseOwnManifest, type RevisionManifest } from './manifest.ts';
import { formatWhitelist, isExpired, parseWhitelist } from './whitelist.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
const hash = (letter: string) => contentHashOf(Buffer.from(letter));
const manifest: RevisionManifest = {
  root: hash('c'),
  rootSize: 16384,
  ttl: 240,
  revision: 7,
  name: 'ref.binfarm.test',
  certificate: hash('x'),
  history: hash('h'),
  time: 1795168144,
  reflog: hash('y'),
};

test('a manifest has the lines of the format, its hash and a PKCS#1 signature of that hash', () => {
  const bytes = formatManifest(manifest, privateKey);
  const [body = '', rest = ''] = bytes.toString('latin1').split('--\n');
  assert.deepEqual(
    body.split('\n').map((line) => line[0] ?? ''),
    ['C', 'B', 'R', 'D', 'S', 'G', 'A', 'N', 'X', 'H', 'T', 'Y', ''],
  );
  assert.match(body, /^B16384$/m);
  assert.match(body, /^Rd41d8cd98f00b204e9800998ecf8427e$/m);
  const digest = rest.slice(0, 40);
  assert.equal(digest, contentHashOf(Buffer.from(body, 'latin1')));
  const signature = bytes.subarray(bytes.length - 256);
  assert.ok(verify('RSA-SHA1', Buffer.from(digest), publicKey, signature));
  assert.deepEqual(parseOwnManifest(bytes, publicKey), manifest);
});

test('a manifest that was changed, or signed by another key, is refused', () => {
  const bytes = formatManifest(manifest, privateKey);
  assert.throws(() => parseOwnManifest(bytes, other.publicKey), { code: 'CVMFS_INVALID' });
  bytes[3] = bytes[3]! ^ 1;
  assert.throws(() => parseOwnManifest(bytes, publicKey), { code: 'CVMFS_INVALID' });
  assert.throws(() => parseOwnManifest(Buffer.from('C'), publicKey), { code: 'CVMFS_INVALID' });
});

const whitelist = {
  created: Date.UTC(2026, 10, 20, 9, 47, 37),
  expires: Date.UTC(2026, 11, 20, 9, 47, 37),
  name: 'ref.binfarm.test',
  fingerprints: ['F7:2D:77:B9:FA:0B:71:82:59:C5:35:3F:0C:8F:5B:E6:FC:20:2F:3A'],
};

test('a whitelist is, up to its signature, the example of the format', () => {
  const bytes = formatWhitelist(whitelist, privateKey);
  const example =
    '20261120094737\nE20261220094737\nNref.binfarm.test\nF7:2D:77:B9:FA:0B:71:82:59:C5:35:3F:0C:8F:5B:E6:FC:20:2F:3A\n--\ne766762c46aa2be5c0512b7b2dd0f5af97855766\n';
  assert.equal(bytes.toString('latin1', 0, bytes.length - 256), example);
  assert.equal(bytes.length, 409);
  const recovered = publicDecrypt({ key: publicKey, padding: 1 }, bytes.subarray(-256));
  assert.equal(recovered.toString(), 'e766762c46aa2be5c0512b7b2dd0f5af97855766');
  assert.deepEqual(parseWhitelist(bytes, publicKey), whitelist);
  assert.throws(() => parseWhitelist(bytes, other.publicKey), { code: 'SIGNATURE_INVALID' });
});

test('a whitelist expires with the beginning of its hour, as clients see it', () => {
  assert.equal(isExpired(whitelist, Date.UTC(2026, 11, 20, 8, 59, 59)), false);
  assert.equal(isExpired(whitelist, Date.UTC(2026, 11, 20, 9, 0, 0)), true);
});

test('a whitelist with two certificates and comments is read', () => {
  const body = `20261120094737\nE20261220094737\nNa.b\n${whitelist.fingerprints[0]} # one\n${whitelist.fingerprints[0]}\n`;
  const digest = contentHashOf(Buffer.from(body));
  const signature = privateEncrypt({ key: privateKey, padding: 1 }, Buffer.from(digest));
  const bytes = Buffer.concat([Buffer.from(`${body}--\n${digest}\n`), signature]);
  assert.equal(parseWhitelist(bytes, publicKey).fingerprints.length, 2);
});

for (const until of [Date.UTC(2036, 0, 1), Date.UTC(2060, 0, 1)]) {
  test(`a certificate until ${new Date(until).getUTCFullYear()} is one for openssl and node, and signs itself`, async () => {
    const facts = { name: 'ref.binfarm.test CernVM-FS Release Managers', secretKey: privateKey, publicKey };
    const pem = createCertificate({ ...facts, from: Date.UTC(2026, 10, 20), until });
    const certificate = new X509Certificate(pem);
    assert.ok(certificate.verify(publicKey));
    assert.equal(certificate.subject, 'CN=ref.binfarm.test CernVM-FS Release Managers');
    assert.equal(new Date(certificate.validTo).getTime(), until);
    assert.equal(createPublicKey(pem).asymmetricKeyDetails?.modulusLength, 2048);
    const { stdout, exitCode } = await runProcess(['openssl', 'x509', '-noout', '-fingerprint', '-sha1'], {
      input: pem,
    });
    assert.equal(exitCode, 0);
    assert.ok(stdout.trim().endsWith(fingerprintOfCertificate(pem)));
  });
}
