import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import * as v from 'valibot';
import { FarmError } from '../../core/farm-error.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import { formatPreAuthentication } from '../../package/sign/envelope.ts';
import type { PublicKey, SecretKey } from '../../package/sign/key-file.ts';

/** What is signed of one object. Times of change and the place in the file are not. */
export interface SignedObject {
  /** Its number less that of the group's first. */
  readonly relativeId: number;
  readonly descriptorDigest: string;
  readonly objectDigest: string;
}

/** What a signature of a SIF file vouches for. */
export interface SignedImage {
  readonly version: 1;
  readonly header: { readonly digest: string };
  readonly objects: readonly SignedObject[];
}

const payloadType = 'application/vnd.sylabs.sif-metadata+json';
const digest = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/, 'is no sha256 digest'));
const base64 = v.pipe(v.string(), v.base64('is not base64'));

const envelopeSchema = v.object({
  payloadType: v.literal(payloadType),
  payload: base64,
  signatures: v.pipe(v.array(v.object({ sig: base64 })), v.minLength(1), v.maxLength(16)),
});

const signedImageSchema = v.strictObject({
  version: v.literal(1),
  header: v.strictObject({ digest }),
  objects: v.array(
    v.strictObject({
      relativeId: v.pipe(v.number(), v.integer(), v.minValue(0)),
      descriptorDigest: digest,
      objectDigest: digest,
    }),
  ),
}) satisfies v.GenericSchema<unknown, SignedImage>;

/** The digest of a header as a signature has it: without architecture, times and sizes. */
export function signedHeaderDigest(header: Buffer): string {
  return sha256(header.subarray(0, 45), header.subarray(48, 64));
}

/** The digest of a descriptor as a signature has it: without its place, its time of change, and its number but within the group. */
export function signedDescriptorDigest(descriptor: Buffer, relativeId: number): string {
  const id = Buffer.alloc(4);
  id.writeUInt32LE(relativeId);
  const part = (from: number, to: number) => descriptor.subarray(from, to);
  // type and use; link; size; creation; owner, name and extra
  return sha256(part(0, 5), id, part(13, 17), part(25, 33), part(41, 49), part(57, 585));
}

/** Signs an image: a DSSE envelope, which `apptainer verify --key` reads. */
export function signSif(image: SignedImage, key: SecretKey): Buffer {
  const payload = Buffer.from(formatCanonicalJson(image));
  const sig = sign(null, formatPreAuthentication(payloadType, payload), key.key).toString('base64');
  const signatures = [{ keyid: openSshFingerprint(key.public.key), sig }];
  return Buffer.from(formatCanonicalJson({ payloadType, payload: payload.toString('base64'), signatures }));
}

/** Checks that one of the trusted keys has signed an envelope, and only then reads it.
 * @throws SIGNATURE_INVALID when it is no envelope; KEY_REVOKED when only revoked keys have signed it; KEY_UNKNOWN when no trusted key has */
export function verifySifEnvelope(
  bytes: Buffer,
  trusted: readonly PublicKey[],
): { readonly image: SignedImage; readonly key: PublicKey } {
  const envelope = parse(envelopeSchema, bytes);
  const payload = Buffer.from(envelope.payload, 'base64');
  const signed = formatPreAuthentication(payloadType, payload);
  const signers = trusted.filter(({ key }) =>
    envelope.signatures.some(({ sig }) => verify(null, signed, key, Buffer.from(sig, 'base64'))),
  );
  const revoked = new Set(trusted.flatMap(({ id, revoked }) => (revoked === undefined ? [] : [id])));
  const key = signers.find(({ id }) => !revoked.has(id));
  if (key !== undefined) return { image: parse(signedImageSchema, payload), key };
  if (signers[0] === undefined) {
    throw new FarmError(
      'KEY_UNKNOWN',
      'Cannot trust the SIF file: none of the keys that are trusted here has signed it',
    );
  }
  const state = `it is signed only by "${signers[0].id}", which was revoked`;
  throw new FarmError('KEY_REVOKED', `Cannot trust the SIF file: ${state}`, { details: { key: signers[0].id } });
}

function parse<Schema extends v.GenericSchema>(schema: Schema, bytes: Buffer): v.InferOutput<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw signatureInvalid('its signature is not JSON', error);
  }
  const parsed = v.safeParse(schema, value, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw signatureInvalid(`of its signature, "${v.getDotPath(issue) ?? 'it'}" ${issue.message}`);
}

/** The error for a SIF file whose signature is not what it must be, or does not belong to it. */
export function signatureInvalid(state: string, cause?: unknown): FarmError {
  return new FarmError(
    'SIGNATURE_INVALID',
    `Cannot trust the SIF file: ${state}`,
    cause === undefined ? {} : { cause },
  );
}

/** How apptainer names a key. */
function openSshFingerprint(key: KeyObject): string {
  const raw = Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
  const wire = Buffer.concat([Buffer.from('ssh-ed25519'), raw].flatMap((part) => [sizeOf(part), part]));
  return `SHA256:${createHash('sha256').update(wire).digest('base64').replace(/=+$/, '')}`;
}

function sizeOf(part: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(part.length);
  return size;
}

function sha256(...parts: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return `sha256:${hash.digest('hex')}`;
}
