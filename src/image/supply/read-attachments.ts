import * as v from 'valibot';
import { digestOf } from '../../core/digest.ts';
import { type Digest, isDigest } from '../../core/digest-text.ts';
import { isFarmError } from '../../core/farm-error.ts';
import { parseJsonWithin } from '../../core/parse-json-within.ts';
import type { ImagePlace } from '../oci/image-place.ts';
import type { Descriptor, ImageManifest } from '../oci/image-types.ts';
import { imageInvalid, parseImageDocument } from '../oci/parse-image.ts';
import { type Referrer, referrersTagOf } from './attachment.ts';
import { largestBundle } from './sigstore-bundle.ts';

/** Something attached to an image, with its content; nothing in it is believed yet. */
export interface FoundAttachment {
  readonly artifactType: string;
  /** Of its manifest. */
  readonly digest: Digest;
  readonly text: string;
}

const text = v.pipe(v.string(), v.maxLength(1 << 16));
const digest = v.custom<Digest>((input) => typeof input === 'string' && isDigest(input), 'is no sha256 digest');
const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const referrer = v.object({
  mediaType: text,
  digest,
  size,
  artifactType: v.optional(text),
  annotations: v.optional(v.record(text, text)),
});
const listSchema = v.object({
  schemaVersion: v.literal(2),
  manifests: v.pipe(v.array(referrer), v.maxLength(10_000)),
});
const attachmentSchema = v.object({
  artifactType: v.optional(text),
  subject: v.object({ digest }),
  config: v.object({ mediaType: text }),
  layers: v.pipe(v.array(v.object({ mediaType: text, digest, size })), v.maxLength(64)),
});

/** Parses a list of referrers.
 * @throws IMAGE_INVALID when it is something else */
export function parseReferrers(json: string, subject: string): readonly Referrer[] {
  const parsed = v.safeParse(listSchema, parseJsonWithin(json, 200_000));
  if (parsed.success) return parsed.output.manifests as readonly Referrer[];
  throw imageInvalid(subject, 'the list of what is attached to it is none');
}

/** Lists what is attached to a manifest or an index: as the registry tells, otherwise by the fallback tag.
 * @throws IMAGE_INVALID */
export async function listReferrers(place: ImagePlace, name: string, subject: Digest): Promise<readonly Referrer[]> {
  const told = await place.readReferrers?.(name, subject);
  const own = told === undefined ? [] : parseReferrers(told, subject);
  if (own.length > 0) return own;
  const tagged = await place.readManifest(name, referrersTagOf(subject));
  return tagged === undefined ? own : parseReferrers(tagged, subject);
}

/** What was found attached to an image, and why some of it cannot be read. */
export interface FoundAttachments {
  readonly attachments: readonly FoundAttachment[];
  readonly problems: readonly string[];
}

/** Reads everything that is attached to a manifest or an index and is of one of the types. What lists say of types is not believed: cosign and some registries write other ones there. What is damaged is told
 * and left out: anybody who may write to a registry can attach something.
 * @throws IMAGE_INVALID when the list is none, and what the place throws */
export async function readAttachments(
  place: ImagePlace,
  subject: { readonly name: string; readonly subject: Digest },
  wanted: ReadonlySet<string>,
): Promise<FoundAttachments> {
  const attachments: FoundAttachment[] = [];
  const problems: string[] = [];
  for (const { digest: own } of await listReferrers(place, subject.name, subject.subject)) {
    try {
      const found = await readAttachment(place, { ...subject, own }, wanted);
      if (found !== undefined) attachments.push(found);
    } catch (error) {
      if (!isFarmError(error, 'IMAGE_INVALID')) throw error;
      problems.push(error.message);
    }
  }
  return { attachments, problems };
}

async function readAttachment(
  place: ImagePlace,
  { name, subject, own }: { readonly name: string; readonly subject: Digest; readonly own: Digest },
  wanted: ReadonlySet<string>,
): Promise<FoundAttachment | undefined> {
  const json = await place.readManifest(name, own);
  if (json === undefined || digestOf(json) !== own)
    throw imageInvalid(subject, `its attachment ${own} is missing or damaged`);
  const parsed = v.safeParse(attachmentSchema, parseJsonWithin(json, 10_000));
  if (!parsed.success) throw imageInvalid(subject, `its attachment ${own} is none`);
  const { artifactType = parsed.output.config.mediaType, layers } = parsed.output;
  if (parsed.output.subject.digest !== subject)
    throw imageInvalid(subject, `the attachment ${own} belongs to another image`);
  const [content] = layers;
  if (!wanted.has(artifactType) || content === undefined) return undefined;
  return { artifactType, digest: own, text: await readText(place, { name, subject }, content) };
}

/** Reads a blob that is a text, and compares it with its digest.
 * @throws IMAGE_INVALID */
export async function readText(
  place: ImagePlace,
  { name, subject }: { readonly name: string; readonly subject: string },
  blob: Pick<Descriptor, 'digest' | 'size'>,
  most = largestBundle,
): Promise<string> {
  if (blob.size > most) throw imageInvalid(subject, `${blob.digest} has ${blob.size} bytes`);
  const chunks: Buffer[] = [];
  let read = 0;
  for await (const chunk of place.readBlob(name, blob)) {
    read += chunk.length;
    if (read > blob.size) break;
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (digestOf(bytes) !== blob.digest) throw imageInvalid(subject, `${blob.digest} is damaged`);
  return bytes.toString('utf8');
}

/** Reads the manifest that a tag or digest leads to; undefined when there is none, or it is an index.
 * @throws IMAGE_INVALID */
export async function readManifestAt(
  place: ImagePlace,
  name: string,
  reference: string,
): Promise<ImageManifest | undefined> {
  const json = await place.readManifest(name, reference);
  if (json === undefined) return undefined;
  const parsed = parseImageDocument(json, `${name}:${reference}`);
  return 'manifest' in parsed ? parsed.manifest : undefined;
}
