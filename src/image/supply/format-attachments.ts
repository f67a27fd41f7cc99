import type { Digest } from '../../core/digest-text.ts';
import type { SecretKey } from '../../package/sign/key-file.ts';
import type { Attachment } from './attachment.ts';
import { statementsType } from './image-statements.ts';
import { bundleType, type Claim, signatureType, signClaim } from './sigstore-bundle.ts';

/** The predicate types of bills of materials. */
export const billTypes = { spdx: 'https://spdx.dev/Document', cyclonedx: 'https://cyclonedx.org/bom' } as const;

/** What is attached to images, beside the bundle. */
export const documentTypes = { spdx: 'application/spdx+json', cyclonedx: 'application/vnd.cyclonedx+json' } as const;

/** The bills of materials of an image, as texts. */
export interface ImageBills {
  readonly spdx: string;
  readonly cyclonedx: string;
}

/** Everything that is said of an image for one platform. */
export interface ImageDocuments extends ImageBills {
  readonly provenance: Claim;
  /** What was signed of its release and its packages. */
  readonly statements: string;
}

/** Who signs, and which time is stated. */
export interface SigningOptions {
  readonly key: SecretKey;
  /** ISO 8601. */
  readonly created: string;
}

/** Makes the signature of a manifest or an index, to be attached. */
export function signatureAttachment(subject: Digest, options: SigningOptions): Attachment {
  return claimAttachment({ predicateType: signatureType, predicate: {} }, subject, options);
}

/** Makes what is attached to the manifest of an image for one platform: its signature, provenance and bills of materials, all signed; the bills also as they are, for scanners; and what was signed of its packages.
 * The same documents and key give the same bytes. */
export function documentAttachments(
  { spdx, cyclonedx, provenance, statements }: ImageDocuments,
  subject: Digest,
  options: SigningOptions,
): readonly Attachment[] {
  const plain = (type: string, text: string): Attachment => ({
    artifactType: type,
    annotations: createdAt(options),
    content: { mediaType: type, text },
  });
  const bill = (kind: keyof typeof billTypes, text: string) =>
    claimAttachment({ predicateType: billTypes[kind], predicate: JSON.parse(text) as object }, subject, options);
  return [
    signatureAttachment(subject, options),
    claimAttachment(provenance, subject, options),
    bill('spdx', spdx),
    bill('cyclonedx', cyclonedx),
    plain(documentTypes.spdx, spdx),
    plain(documentTypes.cyclonedx, cyclonedx),
    plain(statementsType, statements),
  ];
}

function claimAttachment(claim: Claim, subject: Digest, options: SigningOptions): Attachment {
  return {
    artifactType: bundleType,
    annotations: {
      'dev.sigstore.bundle.content': 'dsse-envelope',
      'dev.sigstore.bundle.predicateType': claim.predicateType,
      ...createdAt(options),
    },
    content: { mediaType: bundleType, text: signClaim(claim, subject, options.key) },
  };
}

function createdAt({ created }: SigningOptions): Readonly<Record<string, string>> {
  return { 'org.opencontainers.image.created': created };
}
