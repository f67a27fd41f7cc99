import { createHash, sign, verify } from 'node:crypto';
import * as v from 'valibot';
import { type Digest, hexOf } from '../../core/digest-text.ts';
import { FarmError } from '../../core/farm-error.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import { parseJsonWithin } from '../../core/parse-json-within.ts';
import { formatPreAuthentication } from '../../package/sign/envelope.ts';
import type { PublicKey, SecretKey } from '../../package/sign/key-file.ts';
import { chooseSigner } from './choose-signer.ts';

/** The media type of a bundle, and the artifact type of who carries one. */
export const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** The predicate type of a signature that says nothing but that it is one. */
export const signatureType = 'https://sigstore.dev/cosign/sign/v1';

const payloadType = 'application/vnd.in-toto+json';
const statementType = 'https://in-toto.io/Statement/v1';

/** More than a bundle has (bytes). */
export const largestBundle = 128 << 20;

const mostValues = 10_000_000;

/** What is said of an image: a predicate, and its type. */
export interface Claim {
  readonly predicateType: string;
  readonly predicate: object;
}

/** Signs a claim about a manifest or an index (in-toto statement 1, DSSE 1.0, Sigstore bundle 0.3 with a plain key); the same claim and key give the same bytes. */
export function signClaim({ predicateType, predicate }: Claim, subject: Digest, key: SecretKey): string {
  const statement = {
    _type: statementType,
    subject: [{ digest: { sha256: hexOf(subject) } }],
    predicateType,
    predicate,
  };
  const payload = Buffer.from(formatCanonicalJson(statement));
  const sig = sign(null, formatPreAuthentication(payloadType, payload), key.key).toString('base64');
  const spki = key.public.key.export({ type: 'spki', format: 'der' });
  return formatCanonicalJson({
    mediaType: bundleType,
    verificationMaterial: { publicKey: { hint: createHash('sha256').update(spki).digest('base64') } },
    dsseEnvelope: { payload: payload.toString('base64'), payloadType, signatures: [{ sig }] },
  });
}

const base64 = v.pipe(
  v.string(),
  v.check((text) => /^[A-Za-z0-9+/]*={0,2}$/.test(text), 'is not base64'),
);
const bundleSchema = v.object({
  mediaType: v.literal(bundleType),
  dsseEnvelope: v.object({
    payload: base64,
    payloadType: v.literal(payloadType),
    signatures: v.pipe(v.array(v.object({ sig: base64 })), v.minLength(1), v.maxLength(16)),
  }),
});

const statementSchema = v.object({
  _type: v.literal(statementType),
  subject: v.pipe(
    v.array(v.object({ digest: v.object({ sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)) }) })),
    v.minLength(1),
    v.maxLength(64),
  ),
  predicateType: v.pipe(v.string(), v.maxLength(1024)),
  predicate: v.record(v.string(), v.unknown()),
});

/** Checks that a trusted key has signed a bundle, and that it is about this very manifest; only then reads what it claims.
 * @throws SIGNATURE_INVALID when it is no bundle, or is about something else; KEY_UNKNOWN, KEY_REVOKED */
export function verifyClaim(
  text: string,
  subject: Digest,
  trusted: readonly PublicKey[],
): Claim & { readonly key: PublicKey } {
  const { dsseEnvelope } = parse(bundleSchema, text, 'a signature');
  const payload = Buffer.from(dsseEnvelope.payload, 'base64');
  const signed = formatPreAuthentication(payloadType, payload);
  const signers = trusted.filter(({ key }) =>
    dsseEnvelope.signatures.some(({ sig }) => verify(null, signed, key, Buffer.from(sig, 'base64'))),
  );
  const key = chooseSigner(signers, trusted, subject);
  const statement = parse(statementSchema, payload.toString('utf8'), 'a signed statement');
  if (!statement.subject.some(({ digest }) => digest.sha256 === hexOf(subject))) {
    throw invalid(`the signature is about sha256:${statement.subject[0]!.digest.sha256}, not about ${subject}`);
  }
  return { predicateType: statement.predicateType, predicate: statement.predicate, key };
}

function parse<Schema extends v.GenericSchema>(schema: Schema, text: string, what: string): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, parseJsonWithin(text, mostValues), { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw invalid(`in ${what}, "${v.getDotPath(issue) ?? 'it'}" ${issue.message}`);
}

function invalid(state: string): FarmError {
  return new FarmError('SIGNATURE_INVALID', `Cannot trust the image: ${state}`);
}
