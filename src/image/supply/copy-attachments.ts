import * as v from 'valibot';
import { digestOf } from '../../core/digest.ts';
import { type Digest, isDigest } from '../../core/digest-text.ts';
import { isFarmError } from '../../core/farm-error.ts';
import { parseJsonWithin } from '../../core/parse-json-within.ts';
import type { ImagePlace, ImageText } from '../oci/image-place.ts';
import { imageTypes } from '../oci/image-types.ts';
import { type Referrer, referrersTagOf } from './attachment.ts';
import { type AttachmentSubject, putStoredAttachments, type StoredAttachment } from './put-attachments.ts';
import { listReferrers, readText } from './read-attachments.ts';
import { signatureTagOf } from './simple-signing.ts';

const digest = v.custom<Digest>((input) => typeof input === 'string' && isDigest(input), 'is no sha256 digest');
const blob = v.object({ mediaType: v.string(), digest, size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)) });
const schema = v.object({ config: blob, layers: v.pipe(v.array(blob), v.maxLength(16)) });

/** Copies everything that is attached to a manifest or an index to another place, byte for byte, so that signatures hold there. What is damaged is left behind: it says nothing any more.
 * @returns how much was copied
 * @throws what the places throw */
export async function copyAttachments(from: ImagePlace, to: ImagePlace, subject: AttachmentSubject): Promise<number> {
  const stored: StoredAttachment[] = [];
  for (const referrer of await listReferrers(from, subject.name, subject.descriptor.digest)) {
    const found = await readStored(from, subject.name, referrer);
    if (found !== undefined) stored.push(found);
  }
  await putStoredAttachments(to, subject, stored);
  return stored.length;
}

async function readStored(from: ImagePlace, name: string, referrer: Referrer): Promise<StoredAttachment | undefined> {
  const text = await from.readManifest(name, referrer.digest);
  if (text === undefined || digestOf(text) !== referrer.digest) return undefined;
  const parsed = v.safeParse(schema, parseJsonWithin(text, 10_000));
  if (!parsed.success) return undefined;
  const { config, layers } = parsed.output;
  const blobs: ImageText[] = [];
  try {
    for (const item of [config, ...layers]) {
      const read = await readText(from, { name, subject: name }, item);
      if (digestOf(read) !== item.digest) return undefined; // no text
      blobs.push({ mediaType: item.mediaType, text: read });
    }
  } catch (error) {
    if (isFarmError(error, 'IMAGE_INVALID')) return undefined;
    throw error;
  }
  return { referrer, manifest: { mediaType: imageTypes.manifest, text }, blobs };
}

/** Removes everything that is attached to a manifest or an index that goes.
 * @throws what the place throws */
export async function removeAttachments(place: ImagePlace, name: string, subject: Digest): Promise<void> {
  const referrers = await listReferrers(place, name, subject);
  for (const tag of [referrersTagOf(subject), signatureTagOf(subject)]) await place.untag(name, tag);
  if (place.sharesTags) for (const referrer of referrers) await place.untag(name, referrer.digest);
}
