import { sign, verify } from 'node:crypto';
import * as v from 'valibot';
import { FarmError } from '../../core/farm-error.ts';
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

/** Signs a statement. */
export function signStatement<Of extends Statement>(statement: Of, key: SecretKey): Envelope {
  const payload = Buffer.from(formatCanonicalJson(statement));
  return {
    payloadType: statementType,
    payload: payload.toString('base64'),
    signatures: [
      { keyid: key.id, sig: sign(null, formatPreAuthentication(statementType, payload), key.key).toString('base64') },
    ],
  };
}

/** Checks that one of the trusted keys has signed an envelope, and only then reads what is in it.
 * @throws SIGNATURE_INVALID when it is no envelope, or a trusted key's signature does not belong to it; KEY_UNKNOWN when no trusted key has signed it. */
export function verifyEnvelope(
  envelope: unknown,
  trusted: readonly PublicKey[],
): Statement & Readonly<Record<string, unknown>> {
  const parsed = v.safeParse(envelopeSchema, envelope, { abortEarly: true });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw invalid(`"${v.getDotPath(issue) ?? 'it'}" ${issue.message}`);
  }
  const { payloadType, signatures } = parsed.output;
  const payload = Buffer.from(parsed.output.payload, 'base64');
  const signed = formatPreAuthentication(payloadType, payload);
  const known = signatures.flatMap(({ keyid, sig }) => {
    const key = trusted.find(({ id }) => id === keyid);
    return key === undefined ? [] : [{ key, sig }];
  });
  if (known.length === 0) throw unknownKey(signatures.map(({ keyid }) => keyid));
  if (!known.some(({ key, sig }) => verify(null, signed, key.key, Buffer.from(sig, 'base64')))) {
    throw invalid('the signature does not belong to what it claims to sign');
  }
  return parseStatement(payload);
}

/** DSSE's "pre-authentication encoding": the bytes that are signed. */
export function formatPreAuthentication(payloadType: string, payload: Buffer): Buffer {
  const type = Buffer.from(payloadType);
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload]);
}

function parseStatement(payload: Buffer): Statement & Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(payload.toString('utf8'));
  } catch (error) {
    throw invalid('what is signed is not JSON', error);
  }
  if (value !== null && typeof value === 'object' && 'type' in value && typeof value.type === 'string') {
    return value as Statement & Readonly<Record<string, unknown>>;
  }
  throw invalid('what is signed is no statement');
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && Buffer.from(text, 'base64').toString('base64') === text;
}

function invalid(state: string, cause?: unknown): FarmError {
  return new FarmError(
    'SIGNATURE_INVALID',
    `Cannot trust the signed statement: ${state}`,
    cause === undefined ? {} : { cause },
  );
}

function unknownKey(ids: readonly string[]): FarmError {
  const named = ids.map((id) => JSON.stringify(id)).join(', ');
  return new FarmError(
    'KEY_UNKNOWN',
    `Cannot trust the signed statement: it is signed by ${named}, which is not trusted here`,
    {
      hint: 'If that key is the farm’s, add its public key to the ones that are trusted',
      details: { keys: ids },
    },
  );
}
