import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../../core/digest.ts';
import { isFarmError } from '../../core/farm-error.ts';
import { runProcess } from '../../core/run-process.ts';
import { sampleDraft } from '../sample-prefix.ts';
import {
  type Envelope,
  formatPreAuthentication,
  signersOf,
  signStatement,
  statementType,
  verifyEnvelope,
} from './envelope.ts';
import { createKey, fingerprintOf, readPublicKey, readSecretKey, type SecretKey } from './key-file.ts';
import { packageStatementOf, parsePackageStatement } from './package-statement.ts';

let folder = '';
let key: SecretKey;
let stranger: SecretKey;
const statement = packageStatementOf(sampleDraft('/binfarm/x', 'zlib'), {
  digest: digestOf('blob'),
  size: 100,
  diffId: digestOf('tar'),
});

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'binfarm-sign-'));
  key = await createKey(join(folder, 'farm'));
  stranger = await createKey(join(folder, 'stranger'));
});
after(() => rm(folder, { recursive: true, force: true }));

test('a signed statement about a package comes back from its envelope', () => {
  const envelope = JSON.parse(JSON.stringify(signStatement(statement, key)));
  assert.deepEqual(parsePackageStatement(verifyEnvelope(envelope, [stranger.public, key.public])), statement);
});

test('openssl accepts the signature and the keys', async () => {
  const envelope = signStatement(statement, key);
  const signed = formatPreAuthentication(envelope.payloadType, Buffer.from(envelope.payload, 'base64'));
  await writeFile(join(folder, 'signed'), signed);
  await writeFile(join(folder, 'sig'), Buffer.from(envelope.signatures[0]!.sig, 'base64'));
  const { stdout, stderr } = await runProcess(
    ['openssl', 'pkeyutl', '-verify', '-pubin', '-inkey', 'farm.pub', '-rawin', '-in', 'signed', '-sigfile', 'sig'],
    { cwd: folder },
  );
  assert.match(stdout, /Verified Successfully/, stderr);
});

test('the bytes that are signed are those of the DSSE specification', () => {
  const type = 'http://example.com/HelloWorld';
  const wanted = 'DSSEv1 29 http://example.com/HelloWorld 11 hello world';
  assert.equal(formatPreAuthentication(type, Buffer.from('hello world')).toString(), wanted);
});

test('a key file is read back with the same id; the secret one is the owner’s alone', async () => {
  const secret = await readSecretKey(join(folder, 'farm'));
  assert.equal(secret.id, key.id);
  assert.match(secret.id, /^[0-9a-f]{16}$/);
  assert.equal((await readPublicKey(join(folder, 'farm.pub'))).id, key.id);
  assert.equal((await stat(join(folder, 'farm'))).mode & 0o777, 0o600);
  assert.match(
    await readFile(join(folder, 'farm.pub'), 'utf8'),
    /^-----BEGIN PUBLIC KEY-----\n[\w+/=]+\n-----END PUBLIC KEY-----\n$/,
  );
});

test('a key is never replaced', async () => {
  const secret = await readFile(join(folder, 'farm'), 'utf8');
  await assert.rejects(createKey(join(folder, 'farm')), { code: 'PATH_EXISTS' });
  assert.equal(await readFile(join(folder, 'farm'), 'utf8'), secret);
});

const badKeys: readonly { says: string; make: (path: string) => Promise<unknown>; hint?: RegExp }[] = [
  { says: 'that is missing', make: async () => {} },
  { says: 'that is empty', make: (path) => writeFile(path, '', { mode: 0o600 }) },
  { says: 'that is damaged', make: (path) => writeFile(path, '-----BEGIN PRIVATE KEY-----\nAAAA\n', { mode: 0o600 }) },
  { says: 'that is too large', make: (path) => writeFile(path, 'x'.repeat(100_000), { mode: 0o600 }) },
  {
    says: 'of another kind',
    make: (path) => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      return writeFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, { mode: 0o600 });
    },
  },
  {
    says: 'that a group can read',
    make: async (path) => {
      await createKey(path);
      await chmod(path, 0o640);
    },
    hint: /chmod 600/,
  },
];

for (const [index, { says, make, hint }] of badKeys.entries()) {
  test(`readSecretKey fails with KEY_INVALID for a key ${says}`, async () => {
    const path = join(folder, `bad-${index}`);
    await make(path);
    await assert.rejects(readSecretKey(path), { code: 'KEY_INVALID', ...(hint === undefined ? {} : { hint }) });
  });
}

test('readPublicKey refuses a secret key', async () => {
  await assert.rejects(readPublicKey(join(folder, 'farm')), { code: 'KEY_INVALID' });
});

test('verifyEnvelope fails with KEY_UNKNOWN for the signature of a stranger', () => {
  assert.throws(() => verifyEnvelope(signStatement(statement, stranger), [key.public]), { code: 'KEY_UNKNOWN' });
  assert.throws(() => verifyEnvelope(signStatement(statement, key), []), { code: 'KEY_UNKNOWN' });
});

const forged: readonly { says: string; change: (envelope: Envelope) => unknown }[] = [
  { says: 'another statement', change: (one) => ({ ...one, payload: signStatement({ type: 'x' }, key).payload }) },
  { says: 'another payload type', change: (one) => ({ ...one, payloadType: 'text/plain' }) },
  { says: 'the signature of a stranger under a trusted id', change: (one) => forge(one) },
  { says: 'no signature', change: (one) => ({ ...one, signatures: [] }) },
  {
    says: 'white space in the base64',
    change: (one) => ({ ...one, payload: `${one.payload.slice(0, 4)}\n${one.payload.slice(4)}` }),
  },
  { says: 'nothing at all', change: () => null },
];

function forge(envelope: Envelope): unknown {
  const [sig] = signStatement(statement, stranger).signatures;
  return { ...envelope, signatures: [{ keyid: key.id, sig: sig?.sig }] };
}

for (const { says, change } of forged) {
  test(`verifyEnvelope fails with SIGNATURE_INVALID for an envelope with ${says}`, () => {
    assert.throws(() => verifyEnvelope(change(signStatement(statement, key)), [key.public]), {
      code: 'SIGNATURE_INVALID',
    });
  });
}

test('no changed bit of payload or signature is accepted', () => {
  const envelope = signStatement(statement, key);
  const flip = (text: string, bit: number) => {
    const bytes = Buffer.from(text, 'base64');
    bytes[(bit >> 3) % bytes.length]! ^= 1 << (bit & 7);
    return bytes.toString('base64');
  };
  fc.assert(
    fc.property(fc.nat(10_000), fc.boolean(), (bit, inPayload) => {
      const [signature] = envelope.signatures;
      const changed = inPayload
        ? { ...envelope, payload: flip(envelope.payload, bit) }
        : { ...envelope, signatures: [{ ...signature, sig: flip(signature!.sig, bit) }] };
      assert.throws(
        () => verifyEnvelope(changed, [key.public]),
        (error) => isFarmError(error, 'SIGNATURE_INVALID'),
      );
    }),
    { numRuns: 50 },
  );
});

test('a statement about something else is not one about a package', () => {
  assert.equal(statementType, 'application/vnd.binfarm.statement.v1+json');
  assert.throws(() => parsePackageStatement({ ...statement, type: 'release' }), { code: 'SIGNATURE_INVALID' });
  assert.throws(() => parsePackageStatement({ ...statement, more: 1 }), { code: 'SIGNATURE_INVALID' });
  assert.throws(() => parsePackageStatement({ ...statement, digest: 'sha256:0' }), { code: 'SIGNATURE_INVALID' });
});

test('what only a revoked key has signed is refused with the reason; what another one has signed, too, is not', () => {
  const revoked = { ...key.public, revoked: { time: '2026-11-20T12:00:00.000Z', reason: 'laptop stolen' } };
  const alone = signStatement(statement, key);
  const both = signStatement(statement, key, stranger);
  for (const trusted of [[revoked], [revoked, stranger.public], [key.public, revoked]]) {
    assert.throws(
      () => verifyEnvelope(alone, trusted, 'release "1.0"'),
      (error) =>
        isFarmError(error, 'KEY_REVOKED') &&
        error.message ===
          `Cannot trust release "1.0": it is signed only by "${key.id}", which was revoked on 2026-11-20: laptop stolen`,
    );
  }
  assert.deepEqual(verifyEnvelope(both, [revoked, stranger.public]), statement);
  assert.deepEqual(signersOf(both), [key.id, stranger.id]);
});

test('a fingerprint is the sha256 of the key, and begins with its id', () => {
  const fingerprint = fingerprintOf(key.public);
  assert.match(fingerprint, /^([0-9a-f]{4} ){15}[0-9a-f]{4}$/);
  assert.equal(fingerprint.replaceAll(' ', '').slice(0, 16), key.id);
});
