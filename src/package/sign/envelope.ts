import { sign, verify } from 'node:crypto';
import * as v from 'valibot';
import { FarmError, isFarmError } from '../../core/farm-error.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import type { PublicKey, SecretKey } from './key-file.ts';

/** What binfarm signs: plain data that says what it is. */
export interface Statement {
  readonly type: string;
}

/** A signed statement: DSSE 1.0 (Dead Simple Signing Envelope). */
export interface Envelope {
  readonly payloadType: string;
  /** The statement's canonical JSON in base64. */
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** The payload type of every statement. */
export const statementType = 'application/vnd.binfarm.statement.v1+json';

const largestPayload = 64 << 20;

const base64 = v.custom<string>(
  (value) => typeof value === 'string' && value.length <= largestPayload && isBase64(value),
  'is not base64',
);
const envelopeSchema = v.object({
  payloadType: v.literal(statementType),
  payload: base64,
  signatures: v.pipe(
    v.array(v.object({ keyid: v.optional(v.pipe(v.string(), v.maxLength(256)), ''), sig: base64 })),
    v.nonEmpty(),
    v.maxLength(16),
  ),
});

/** Signs a statement, with several keys where more than one is to vouch for it. */
export function signStatement<Of extends Statement>(
  statement: Of,
  key: SecretKey,
  ...more: readonly SecretKey[]
): Envelope {
  const payload = Buffer.from(formatCanonicalJson(statement));
  const signed = formatPreAuthentication(statementType, payload);
  return {
    payloadType: statementType,
    payload: payload.toString('base64'),
    signatures: [key, ...more].map((signer) => ({
      keyid: signer.id,
      sig: sign(null, signed, signer.key).toString('base64'),
    })),
  };
}

/** Checks that one of the trusted keys has signed an envelope, and only then reads what is in it. A key that is marked as revoked is none; it only makes the error say more.
 * @param subject what an error calls it
 * @throws SIGNATURE_INVALID when it is no envelope, or a trusted key's signature does not belong to it; KEY_REVOKED when only revoked keys have signed it; KEY_UNKNOWN when no trusted key has. */
export function verifyEnvelope(
  envelope: unknown,
  trusted: readonly PublicKey[],
  subject = 'the signed statement',
): Statement & Readonly<Record<string, unknown>> {
  const { payloadType, signatures, payload } = parseEnvelope(envelope, subject);
  const signed = formatPreAuthentication(payloadType, payload);
  const found = signatures.flatMap(({ keyid, sig }) =>
    trusted.filter(({ id }) => id === keyid).map((key) => ({ key, sig })),
  );
  const known = found.filter(({ key }) => !trusted.some((other) => other.id === key.id && other.revoked !== undefined));
  if (known.length === 0) {
    throw found[0] === undefined ? unknownKey(signatures, subject) : revokedKey(found[0].key, trusted, subject);
  }
  if (!known.some(({ key, sig }) => verify(null, signed, key.key, Buffer.from(sig, 'base64')))) {
    throw invalid('the signature does not belong to what it claims to sign', subject);
  }
  return parseStatement(payload, subject);
}

/** Reads what is in an envelope without a look at who has signed it: only for what is then not believed, or what the user asks for by name.
 * @throws SIGNATURE_INVALID when it is no envelope */
export function readUnverified(
  envelope: unknown,
  subject = 'the signed statement',
): Statement & Readonly<Record<string, unknown>> {
  return parseStatement(parseEnvelope(envelope, subject).payload, subject);
}

/** The ids of the keys that an envelope says have signed it; none when it is no envelope. */
export function signersOf(envelope: unknown): readonly string[] {
  const parsed = v.safeParse(envelopeSchema, envelope);
  return parsed.success ? parsed.output.signatures.map(({ keyid }) => keyid) : [];
}

/** True when an error says that something is not signed by anybody who is believed. */
export function isTrustError(error: unknown): error is FarmError {
  return ['KEY_REVOKED', 'KEY_UNKNOWN', 'SIGNATURE_INVALID'].some((code) => isFarmError(error) && error.code === code);
}

/** DSSE's "pre-authentication encoding": the bytes that are signed. */
export function formatPreAuthentication(payloadType: string, payload: Buffer): Buffer {
  const type = Buffer.from(payloadType);
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload]);
}

function parseEnvelope(
  envelope: unknown,
  subject: string,
): Omit<v.InferOutput<typeof envelopeSchema>, 'payload'> & { payload: Buffer } {
  const parsed = v.safeParse(envelopeSchema, envelope, { abortEarly: true });
  if (parsed.success) return { ...parsed.output, payload: Buffer.from(parsed.output.payload, 'base64') };
  const [issue] = parsed.issues;
  throw invalid(`"${v.getDotPath(issue) ?? 'it'}" ${issue.message}`, subject);
}

function parseStatement(payload: Buffer, subject: string): Statement & Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(payload.toString('utf8'));
  } catch (error) {
    throw invalid('what is signed is not JSON', subject, error);
  }
  if (value !== null && typeof value === 'object' && 'type' in value && typeof value.type === 'string') {
    return value as Statement & Readonly<Record<string, unknown>>;
  }
  throw invalid('what is signed is no statement', subject);
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && Buffer.from(text, 'base64').toString('base64') === text;
}

function invalid(state: string, subject: string, cause?: unknown): FarmError {
  return new FarmError('SIGNATURE_INVALID', `Cannot trust ${subject}: ${state}`, cause === undefined ? {} : { cause });
}

function revokedKey({ id }: PublicKey, trusted: readonly PublicKey[], subject: string): FarmError {
  const { time, reason } = trusted.find((key) => key.id === id && key.revoked !== undefined)!.revoked!;
  const why = reason === '' ? '' : `: ${reason}`;
  return new FarmError(
    'KEY_REVOKED',
    `Cannot trust ${subject}: it is signed only by "${id}", which was revoked on ${time.slice(0, 10)}${why}`,
    {
      hint: 'Nothing that only this key has signed is believed any more; use what a newer key of the farm has signed',
      details: { key: id, revoked: time, reason },
    },
  );
}

function unknownKey(signatures: readonly { readonly keyid: string }[], subject: string): FarmError {
  const ids = signatures.map(({ keyid }) => keyid);
  const named = ids.map((id) => JSON.stringify(id)).join(', ');
  return new FarmError('KEY_UNKNOWN', `Cannot trust ${subject}: it is signed by ${named}, which is not trusted here`, {
    hint: 'If that key is the farm’s, add its public key to the ones that are trusted: binfarm key trust FILE',
    details: { keys: ids },
  });
}
