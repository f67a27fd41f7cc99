import { digestOf } from '../../core/digest.ts';
import { type Digest, hexOf } from '../../core/digest-text.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import type { ImageText } from '../oci/image-place.ts';
import { type Descriptor, imageTypes } from '../oci/image-types.ts';

/** Something that is attached to an image: a signature, a bill of materials. */
export interface Attachment {
  readonly artifactType: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly content: ImageText;
}

/** How a list of referrers names one: a descriptor with its artifact type. */
export interface Referrer extends Descriptor {
  readonly artifactType?: string;
}

/** The config of what is no image. */
export const emptyConfig: ImageText = { mediaType: 'application/vnd.oci.empty.v1+json', text: '{}' };

/** Makes the manifest that attaches something to a manifest or an index (OCI image specification 1.1, "subject"), and how lists of referrers name it. */
export function formatAttachment(
  { artifactType, annotations, content }: Attachment,
  { mediaType, digest, size }: Descriptor,
): { readonly manifest: ImageText; readonly referrer: Referrer } {
  const text = formatCanonicalJson({
    schemaVersion: 2,
    mediaType: imageTypes.manifest,
    artifactType,
    config: { mediaType: emptyConfig.mediaType, digest: digestOf(emptyConfig.text), size: emptyConfig.text.length },
    layers: [{ mediaType: content.mediaType, digest: digestOf(content.text), size: Buffer.byteLength(content.text) }],
    subject: { mediaType, digest, size },
    annotations,
  });
  const own = { mediaType: imageTypes.manifest, digest: digestOf(text), size: Buffer.byteLength(text) };
  return { manifest: { mediaType: imageTypes.manifest, text }, referrer: { ...own, artifactType, annotations } };
}

/** The tag that leads to the list of what is attached, where a registry does not keep it (OCI distribution specification 1.1, "Referrers Tag Schema"). */
export function referrersTagOf(digest: Digest): string {
  return `sha256-${hexOf(digest)}`;
}

/** True for a tag that leads to signatures and the like of an image, and to no image. */
export function isAttachmentTag(tag: string): boolean {
  return /^sha256-[0-9a-f]{64}(\.(sig|att|sbom))?$/.test(tag);
}

/** A list of referrers with some more; those that are there stay as they are. */
export function formatReferrers(before: readonly Referrer[], added: readonly Referrer[]): ImageText {
  const known = new Set(before.map(({ digest }) => digest));
  const manifests = [...before, ...added.filter(({ digest }) => !known.has(digest))];
  return {
    mediaType: imageTypes.index,
    text: formatCanonicalJson({ schemaVersion: 2, mediaType: imageTypes.index, manifests }),
  };
}
