import type { Digest } from '../../core/digest-text.ts';
import { isTrustError } from '../../package/sign/envelope.ts';
import type { PublicKey } from '../../package/sign/key-file.ts';
import type { ImagePlace } from '../oci/image-place.ts';
import { type ImageStatements, parseImageStatements, statementsType } from './image-statements.ts';
import { readAttachments, readManifestAt, readText } from './read-attachments.ts';
import { bundleType, signatureType, verifyClaim } from './sigstore-bundle.ts';
import { largestPayload, signatureLayersOf, signatureTagOf, verifySimpleSignature } from './simple-signing.ts';

/** What trusted keys have said of a manifest or an index. */
export interface VerifiedClaims {
  /** By predicate type. */
  readonly claims: ReadonlyMap<string, object>;
  /** Ids of the keys that have signed them. */
  readonly keys: readonly string[];
  /** What is attached and signed inside. */
  readonly statements: readonly ImageStatements[];
  /** Whether there is a good signature in the older layout; undefined when there is none at all. */
  readonly simple: boolean | undefined;
  /** Why it is not signed, or something that is attached is not believed. */
  readonly problems: readonly string[];
}

/** Reads everything that is attached to a manifest or an index, and keeps what a trusted key has signed about this very one.
 * @throws IMAGE_INVALID, and what the place throws */
export async function verifyClaims(
  place: ImagePlace,
  subject: { readonly name: string; readonly subject: Digest },
  trusted: readonly PublicKey[],
): Promise<VerifiedClaims> {
  const { attachments, problems: unreadable } = await readAttachments(
    place,
    subject,
    new Set([bundleType, statementsType]),
  );
  const claims = new Map<string, object>();
  const keys = new Set<string>();
  const statements: ImageStatements[] = [];
  const problems: string[] = [...unreadable];
  for (const { artifactType, text } of attachments) {
    try {
      if (artifactType === statementsType) {
        statements.push(parseImageStatements(text));
        continue;
      }
      const { predicateType, predicate, key } = verifyClaim(text, subject.subject, trusted);
      claims.set(predicateType, predicate);
      keys.add(key.id);
    } catch (error) {
      if (!isTrustError(error)) throw error;
      problems.push(error.message);
    }
  }
  const simple = await verifySimple(place, subject, trusted);
  if (attachments.length === 0) problems.push('nothing is attached to it');
  return { claims, keys: [...keys], statements, simple, problems };
}

/** True when the signature itself is among the claims. */
export function isSigned({ claims }: VerifiedClaims): boolean {
  return claims.has(signatureType);
}

async function verifySimple(
  place: ImagePlace,
  { name, subject }: { readonly name: string; readonly subject: Digest },
  trusted: readonly PublicKey[],
): Promise<boolean | undefined> {
  const manifest = await readManifestAt(place, name, signatureTagOf(subject));
  if (manifest === undefined) return undefined;
  for (const layer of signatureLayersOf(manifest)) {
    try {
      const payload = await readText(place, { name, subject }, layer, largestPayload);
      verifySimpleSignature(payload, layer, { subject, trusted });
      return true;
    } catch (error) {
      if (!isTrustError(error)) throw error;
    }
  }
  return false;
}
