import * as v from 'valibot';
import { type Digest, isDigest } from '../../core/digest-text.ts';
import { FarmError } from '../../core/farm-error.ts';
import { formatReadableJson } from '../../core/json.ts';
import { parseJsonWithin } from '../../core/parse-json-within.ts';

const digest = v.custom<Digest>((input) => typeof input === 'string' && isDigest(input), 'is no digest');
const layer = v.strictObject({ digest, size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)) });
const platform = v.strictObject({
  /** The digest of the release's document that it was last made of. */
  release: digest,
  /** Names of packages that share a layer, from the lowest layer to the uppermost. */
  groups: v.array(v.array(v.string())),
  /** All layers of that image, the base's first. */
  layers: v.array(layer),
});

const lockSchema = v.strictObject({
  format: v.literal('binfarm.images/1'),
  /** By reference as the stack file writes it: what it led to. */
  bases: v.record(v.string(), digest),
  /** By image and platform. */
  images: v.record(v.string(), v.record(v.string(), platform)),
});

/** images.lock: what keeps the layers of images as they were from release to release, and bases what they were. It belongs into version control. */
export type ImageLock = v.InferOutput<typeof lockSchema>;

/** What the lock has of one image for one platform. */
export type LockedImage = v.InferOutput<typeof platform>;

/** The lock of a farm that has made no image. */
export const emptyImageLock: ImageLock = { format: 'binfarm.images/1', bases: {}, images: {} };

/** Parses images.lock.
 * @throws LOCK_INVALID */
export function parseImageLock(text: string, file: string): ImageLock {
  const result = v.safeParse(lockSchema, parseJsonWithin(text, 2_000_000));
  if (result.success) return result.output;
  throw new FarmError('LOCK_INVALID', `Cannot read "${file}": ${result.issues[0].message}`, {
    place: { file },
    hint: 'Take it from git again, or remove it: then layers are planned anew',
  });
}

/** Formats images.lock so that its differences can be reviewed. */
export function formatImageLock(lock: ImageLock): string {
  return formatReadableJson(lock);
}
