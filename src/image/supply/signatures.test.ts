import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { digestOf } from '../../core/digest.ts';
import { isFarmError } from '../../core/farm-error.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import { runProcess } from '../../core/run-process.ts';
import { formatPreAuthentication } from '../../package/sign/envelope.ts';
import { createKey } from '../../package/sign/key-file.ts';
import type { Descriptor } from '../oci/image-types.ts';
import { formatAttachment, formatReferrers, isAttachmentTag, referrersTagOf } from './attachment.ts';
import { signatureType, signClaim, verifyClaim } from './sigstore-bundle.ts';
import { formatSimpleSignature, signatureLayersOf, signatureTagOf, verifySimpleSignature } from './simple-signing.ts';

const folder = mkdtempSync(join(tmpdir(), 'binfarm-supply-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const key = await createKey(join(folder, 'key'));
const other = await createKey(join(folder, 'other'));
const subject = digestOf('an image');
const claim = { predicateType: signatureType, predicate: {} };
const bundle = signClaim(claim, subject, key);

interface Bundle {
  readonly mediaType: string;
  readonly verificationMaterial: { readonly publicKey: { readonly hint: string } };
  readonly dsseEnvelope: {
    readonly payload: string;
    readonly payloadType: string;
    readonly signatures: readonly { readonly sig: string }[];
  };
}

async function opensslVerifies(signed: Buffer, signature: string): Promise<string> {
  writeFileSync(join(folder, 'signed'), signed);
  writeFileSync(join(folder, 'signature'), Buffer.from(signature, 'base64'));
  const argv = ['pkeyutl', '-verify', '-pubin', '-inkey', `${folder}/key.pub`, '-rawin', '-in', `${folder}/signed`];
  return (await runProcess(['openssl', ...argv, '-sigfile', `${folder}/signature`])).stdout;
}

test('openssl verifies the signature of a bundle, with the public key that the hint names', async () => {
  const { dsseEnvelope, verificationMaterial, mediaType } = JSON.parse(bundle) as Bundle;
  assert.equal(mediaType, 'application/vnd.dev.sigstore.bundle.v0.3+json');
  const signed = formatPreAuthentication(dsseEnvelope.payloadType, Buffer.from(dsseEnvelope.payload, 'base64'));
  assert.match(await opensslVerifies(signed, dsseEnvelope.signatures[0]!.sig), /Verified Successfully/);
  const der = await runProcess([
    'sh',
    '-c',
    `openssl pkey -pubin -in "$0" -outform DER | base64 -w0`,
    `${folder}/key.pub`,
  ]);
  const hint = createHash('sha256').update(Buffer.from(der.stdout, 'base64')).digest('base64');
  assert.equal(verificationMaterial.publicKey.hint, hint);
  assert.deepEqual(JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString()), {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { sha256: subject.slice(7) } }],
    predicateType: signatureType,
    predicate: {},
  });
});

test('a claim is read back with the key that has signed it, and the same claim gives the same bytes', () => {
  const { predicateType, predicate, key: signer } = verifyClaim(bundle, subject, [other.public, key.public]);
  assert.deepEqual([predicateType, predicate, signer.id], [signatureType, {}, key.id]);
  assert.equal(signClaim(claim, subject, key), bundle);
});

function changed(change: (bundle: Bundle) => object): string {
  return formatCanonicalJson(change(JSON.parse(bundle) as Bundle));
}

function withPayload(payload: object): string {
  return changed((it) => ({
    ...it,
    dsseEnvelope: { ...it.dsseEnvelope, payload: Buffer.from(JSON.stringify(payload)).toString('base64') },
  }));
}

const revoked = { ...key.public, revoked: { time: '2026-01-01T00:00:00Z', reason: '' } };
const refused: readonly {
  says: string;
  text: string;
  about?: string;
  keys?: readonly (typeof revoked)[];
  code: string;
}[] = [
  { says: 'another image', text: bundle, about: 'another', code: 'SIGNATURE_INVALID' },
  { says: 'a changed payload', text: withPayload({ predicateType: 'x' }), code: 'KEY_UNKNOWN' },
  { says: 'a signature by somebody else', text: signClaim(claim, subject, other), code: 'KEY_UNKNOWN' },
  { says: 'a signature by a revoked key', text: bundle, keys: [revoked], code: 'KEY_REVOKED' },
  { says: 'no JSON', text: '{', code: 'SIGNATURE_INVALID' },
  { says: 'another format', text: changed((it) => ({ ...it, mediaType: 'x' })), code: 'SIGNATURE_INVALID' },
  {
    says: 'no signature',
    text: changed((it) => ({ ...it, dsseEnvelope: { ...it.dsseEnvelope, signatures: [] } })),
    code: 'SIGNATURE_INVALID',
  },
];

for (const { says, text, about, keys, code } of refused) {
  test(`a bundle with ${says} is refused with ${code}`, () => {
    const digest = about === undefined ? subject : digestOf(about);
    assert.throws(
      () => verifyClaim(text, digest, keys ?? [key.public]),
      (error) => isFarmError(error) && error.code === code,
    );
  });
}

test('a signature for policies is what they read, and openssl verifies it', async () => {
  const reference = 'registry.example.org/tiny/full';
  const { payload, config, manifest } = formatSimpleSignature(subject, { reference, key, before: [] });
  const { layers } = JSON.parse(manifest.text) as { layers: Descriptor[] };
  const signature = layers[0]!.annotations!['dev.cosignproject.cosign/signature']!;
  assert.match(await opensslVerifies(Buffer.from(payload.text), signature), /Verified Successfully/);
  assert.deepEqual(JSON.parse(payload.text), {
    critical: {
      identity: { 'docker-reference': reference },
      image: { 'docker-manifest-digest': subject },
      type: 'cosign container image signature',
    },
    optional: null,
  });
  assert.deepEqual((JSON.parse(config.text) as { rootfs: object }).rootfs, {
    type: 'layers',
    diff_ids: [digestOf(payload.text)],
  });
  const found = verifySimpleSignature(payload.text, layers[0]!, { subject, trusted: [key.public] });
  assert.deepEqual([found.key.id, found.reference], [key.id, reference]);
  const check =
    (trusted: readonly (typeof key.public)[], about = subject) =>
    () =>
      verifySimpleSignature(payload.text, layers[0]!, { subject: about, trusted });
  assert.throws(check([other.public]), (error) => isFarmError(error, 'KEY_UNKNOWN'));
  assert.throws(check([key.public], digestOf('x')), (error) => isFarmError(error, 'SIGNATURE_INVALID'));
});

test('further signatures are added to those that are there, each once', () => {
  const sign = (by: typeof key, before: readonly Descriptor[]) => {
    const { manifest } = formatSimpleSignature(subject, { reference: 'tiny', key: by, before });
    return signatureLayersOf(JSON.parse(manifest.text) as Parameters<typeof signatureLayersOf>[0]);
  };
  const one = sign(key, []);
  const two = sign(other, one);
  assert.equal(two.length, 2);
  assert.deepEqual(sign(key, two).length, 2);
});

test('an attachment names its subject, and a list has it once', () => {
  const image = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: subject, size: 8 };
  const content = { mediaType: 'text/plain', text: 'said' };
  const { manifest, referrer } = formatAttachment({ artifactType: 'a/b', annotations: { c: 'd' }, content }, image);
  const parsed = JSON.parse(manifest.text) as Record<string, unknown>;
  assert.deepEqual([parsed.subject, parsed.artifactType], [image, 'a/b']);
  assert.equal(referrer.digest, digestOf(manifest.text));
  const once = formatReferrers([], [referrer]);
  assert.equal(formatReferrers([referrer], [referrer]).text, once.text);
  for (const tag of [referrersTagOf(subject), signatureTagOf(subject)]) assert.ok(isAttachmentTag(tag));
  for (const tag of ['latest', 'sha256-abc', '2026.1.sig']) assert.ok(!isAttachmentTag(tag));
});
