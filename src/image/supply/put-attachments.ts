import { digestOf } from '../../core/digest.ts';
import { isFarmError } from '../../core/farm-error.ts';
import { mapLimit } from '../../core/map-limit.ts';
import type { SecretKey } from '../../package/sign/key-file.ts';
import type { ImagePlace, ImageText } from '../oci/image-place.ts';
import type { Descriptor } from '../oci/image-types.ts';
import {
  type Attachment,
  emptyConfig,
  formatAttachment,
  formatReferrers,
  type Referrer,
  referrersTagOf,
} from './attachment.ts';
import { parseReferrers, readManifestAt } from './read-attachments.ts';
import { formatSimpleSignature, signatureLayersOf, signatureTagOf } from './simple-signing.ts';

/** What attachments belong to: a manifest or an index of an image that is there. */
export interface AttachmentSubject {
  readonly name: string;
  readonly descriptor: Descriptor;
}

/** How often a list that others change at the same time is read again. */
const mostTries = 5;

/** How many documents are on their way at a time. */
const parallel = 4;

/** An attachment as the documents that are stored. */
export interface StoredAttachment {
  readonly referrer: Referrer;
  readonly manifest: ImageText;
  /** What the manifest names: the config, the content. */
  readonly blobs: readonly ImageText[];
}

/** Attaches something to a manifest or an index. What is attached already stays, so this can be done again.
 * @throws what `putStoredAttachments` throws */
export async function putAttachments(
  place: ImagePlace,
  subject: AttachmentSubject,
  attachments: readonly Attachment[],
): Promise<void> {
  const stored = attachments.map((attachment): StoredAttachment => {
    const blobs = [emptyConfig, attachment.content];
    return { ...formatAttachment(attachment, subject.descriptor), blobs };
  });
  await putStoredAttachments(place, subject, stored);
}

/** Puts attachments somewhere as they are. Where the place keeps no list of referrers, or has not taken one up, the list is kept under the fallback tag.
 * @throws what the place throws; IMAGE_INVALID when the fallback tag leads to something else */
export async function putStoredAttachments(
  place: ImagePlace,
  subject: AttachmentSubject,
  attachments: readonly StoredAttachment[],
): Promise<void> {
  if (attachments.length === 0) return;
  const { name, descriptor } = subject;
  const blobs = new Map(attachments.flatMap((item) => item.blobs.map((blob) => [blob.text, blob] as const)));
  await mapLimit(blobs.values(), parallel, (blob) => place.writeText(name, blob));
  await mapLimit(attachments, parallel, ({ manifest }) => place.writeManifest(name, manifest));
  const told = await place.readReferrers?.(name, descriptor.digest);
  const listed = new Set(told === undefined ? [] : parseReferrers(told, name).map(({ digest }) => digest));
  const referrers = attachments.map(({ referrer }) => referrer);
  if (!referrers.every(({ digest }) => listed.has(digest))) await addToFallback(place, subject, referrers);
}

async function addToFallback(
  place: ImagePlace,
  { name, descriptor }: AttachmentSubject,
  referrers: readonly Referrer[],
): Promise<void> {
  const tag = referrersTagOf(descriptor.digest);
  await tryAgain(async () => {
    const before = await place.readManifest(name, tag);
    const known = before === undefined ? [] : parseReferrers(before, name);
    const list = formatReferrers(known, referrers);
    await place.writeManifest(name, list);
    await place.tag(name, tag, list);
  });
}

/** Signs a manifest or an index in the older layout, which clients' policies read. Signatures by others stay.
 * @throws what the place throws */
export async function putSimpleSignature(
  place: ImagePlace,
  { name, descriptor }: AttachmentSubject,
  key: SecretKey,
): Promise<void> {
  const tag = signatureTagOf(descriptor.digest);
  const reference = repositoryReference(place, name);
  await tryAgain(async () => {
    const known = await readManifestAt(place, name, tag);
    const before = known === undefined ? [] : signatureLayersOf(known);
    const signature = formatSimpleSignature(descriptor.digest, { reference, key, before });
    await place.writeText(name, signature.payload);
    await place.writeText(name, signature.config);
    await place.writeManifest(name, signature.manifest);
    await place.tag(name, tag, signature.manifest);
  });
}

/** An image's repository as users write it: with the host in a registry, the bare name elsewhere. */
export function repositoryReference({ registry }: ImagePlace, name: string): string {
  return registry === undefined ? name : `${new URL(registry.address).host}/${registry.prefix}${name}`;
}

async function tryAgain(work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (!isFarmError(error, 'DOCUMENT_CHANGED') || tries === mostTries) throw error;
    }
  }
}

/** How attachments name a manifest that they belong to. */
export function subjectOf(
  name: string,
  { mediaType, text }: { readonly mediaType: string; readonly text: string },
): AttachmentSubject {
  return { name, descriptor: { mediaType, digest: digestOf(text), size: Buffer.byteLength(text) } };
}
