import { sign, verify } from 'node:crypto';
import * as v from 'valibot';
import { digestOf } from '../../core/digest.ts';
import { type Digest, hexOf } from '../../core/digest-text.ts';
import { FarmError } from '../../core/farm-error.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import { parseJsonWithin } from '../../core/parse-json-within.ts';
import type { PublicKey, SecretKey } from '../../package/sign/key-file.ts';
import type { ImageText } from '../oci/image-place.ts';
import { type Descriptor, type ImageManifest, imageTypes } from '../oci/image-types.ts';
import { chooseSigner } from './choose-signer.ts';

/** The media type of what is signed. */
export const simpleSigningType = 'application/vnd.dev.cosign.simplesigning.v1+json';

const signatureAnnotation = 'dev.cosignproject.cosign/signature';

/** More than a payload has (bytes). */
export const largestPayload = 1 << 16;

/** The tag under which skopeo, podman and cosign before 3 look for signatures of a manifest. */
export function signatureTagOf(digest: Digest): string {
  return `sha256-${hexOf(digest)}.sig`;
}

/** A signature in the older layout: the three documents that are stored. */
export interface SimpleSignature {
  readonly payload: ImageText;
  readonly config: ImageText;
  readonly manifest: ImageText;
}

/** Signs a manifest or an index the way that clients' policies ask for (cosign's "simple signing").
 * @param reference the repository, with the registry's host, as users write it: clients compare it
 * @param before the layers of signatures that are there already and stay */
export function formatSimpleSignature(
  subject: Digest,
  {
    reference,
    key,
    before,
  }: { readonly reference: string; readonly key: SecretKey; readonly before: readonly Descriptor[] },
): SimpleSignature {
  const payload = formatCanonicalJson({
    critical: {
      identity: { 'docker-reference': reference },
      image: { 'docker-manifest-digest': subject },
      type: 'cosign container image signature',
    },
    optional: null,
  });
  const signature = sign(null, Buffer.from(payload), key.key).toString('base64');
  const own: Descriptor = {
    mediaType: simpleSigningType,
    digest: digestOf(payload),
    size: Buffer.byteLength(payload),
    annotations: { [signatureAnnotation]: signature },
  };
  const isOther = ({ digest, annotations }: Descriptor) =>
    digest !== own.digest || annotations?.[signatureAnnotation] !== signature;
  const layers = [...before.filter(isOther), own];
  const config = formatCanonicalJson({
    architecture: '',
    os: '',
    config: {},
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  });
  const manifest = formatCanonicalJson({
    schemaVersion: 2,
    mediaType: imageTypes.manifest,
    config: { mediaType: imageTypes.config, digest: digestOf(config), size: Buffer.byteLength(config) },
    layers,
  });
  return {
    payload: { mediaType: simpleSigningType, text: payload },
    config: { mediaType: imageTypes.config, text: config },
    manifest: { mediaType: imageTypes.manifest, text: manifest },
  };
}

/** The layers of a manifest that are signatures. */
export function signatureLayersOf({ layers }: ImageManifest): readonly Descriptor[] {
  return layers.filter(({ mediaType, size }) => mediaType === simpleSigningType && size <= largestPayload).slice(0, 64);
}

const payloadSchema = v.object({
  critical: v.object({
    identity: v.object({ 'docker-reference': v.string() }),
    image: v.object({ 'docker-manifest-digest': v.string() }),
    type: v.string(),
  }),
});

/** Checks that a trusted key has signed one payload, and that it is about this manifest.
 * @throws SIGNATURE_INVALID, KEY_UNKNOWN, KEY_REVOKED */
export function verifySimpleSignature(
  payload: string,
  { annotations }: Descriptor,
  { subject, trusted }: { readonly subject: Digest; readonly trusted: readonly PublicKey[] },
): { readonly key: PublicKey; readonly reference: string } {
  const signature = Buffer.from(annotations?.[signatureAnnotation] ?? '', 'base64');
  const signers = trusted.filter(({ key }) => verify(null, Buffer.from(payload), key, signature));
  const key = chooseSigner(signers, trusted, subject);
  const parsed = v.safeParse(payloadSchema, parseJsonWithin(payload, 1000));
  const { identity, image } = parsed.success ? parsed.output.critical : {};
  if (identity === undefined || image?.['docker-manifest-digest'] !== subject) {
    throw new FarmError('SIGNATURE_INVALID', `Cannot trust the image: a signature is not about ${subject}`);
  }
  return { key, reference: identity['docker-reference'] };
}
