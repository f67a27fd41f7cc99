import * as v from 'valibot';
import { digestOf } from '../core/digest.ts';
import { type Digest, isDigest } from '../core/digest-text.ts';
import { FarmError } from '../core/farm-error.ts';
import { formatCanonicalJson } from '../core/json.ts';
import type { Envelope } from '../package/sign/envelope.ts';
import type { DocumentKind } from './binhost.ts';
import type { BlobSource } from './depot.ts';
import { emptyConfig, largestDocument, ociTypes, parseManifestJson } from './oci-types.ts';

/** A signed document as an OCI artifact: the blob that has the envelope, and the manifest that names it. */
export interface DocumentArtifact {
  readonly blob: BlobSource;
  readonly manifest: string;
}

/** Makes the OCI artifact of a signed document (OCI image specification 1.1, "Guidelines for Artifact Usage"): equal envelopes have equal bytes. */
export function formatDocumentArtifact(kind: DocumentKind, name: string, envelope: Envelope): DocumentArtifact {
  const text = formatCanonicalJson(envelope);
  const blob = { digest: digestOf(text), size: Buffer.byteLength(text), content: { text } };
  const manifest = formatCanonicalJson({
    schemaVersion: 2,
    mediaType: ociTypes.manifest,
    artifactType: ociTypes[kind],
    config: { mediaType: ociTypes.empty, digest: emptyConfig.digest, size: emptyConfig.size },
    layers: [{ mediaType: ociTypes.envelope, digest: blob.digest, size: blob.size }],
    annotations: { 'org.opencontainers.image.title': name },
  });
  return { blob, manifest };
}

const schema = v.object({
  schemaVersion: v.literal(2),
  layers: v.pipe(
    v.array(
      v.object({
        mediaType: v.literal(ociTypes.envelope),
        digest: v.custom<Digest>((input) => typeof input === 'string' && isDigest(input), 'it must be a sha256 digest'),
        size: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(largestDocument)),
      }),
    ),
    v.length(1),
  ),
});

/** Parses the manifest of a document: where its envelope is.
 * @throws DOCUMENT_DAMAGED */
export function parseDocumentManifest(text: string, name: string, location: string): { digest: Digest; size: number } {
  const parsed = v.safeParse(schema, parseManifestJson(text));
  if (!parsed.success) throw documentDamaged(name, location, 'its manifest is damaged');
  const { digest, size } = parsed.output.layers[0]!;
  return { digest, size };
}

/** Says that a document is not what it is stored as. */
export function documentDamaged(name: string, location: string, state: string): FarmError {
  return new FarmError('DOCUMENT_DAMAGED', `Cannot use "${name}" in "${location}": ${state}`, {
    hint: 'Put it there again, or use another binhost',
  });
}
