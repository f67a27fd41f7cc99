import * as v from 'valibot';
import { type Digest, isDigest } from '../../core/digest-text.ts';
import { FarmError } from '../../core/farm-error.ts';
import { parseJsonWithin } from '../../core/parse-json-within.ts';
import { type ImageConfig, type ImageIndex, type ImageManifest, imageTypes } from './image-types.ts';

/** Manifests and indexes are at most this large (bytes): registries refuse larger ones. */
const largestImageManifest = 4 << 20;

/** More than a config has (bytes). */
export const largestImageConfig = 8 << 20;

const mostValues = 200_000;

const text = v.pipe(v.string(), v.maxLength(1 << 20));
const digest = v.custom<Digest>((input) => typeof input === 'string' && isDigest(input), 'is no sha256 digest');
const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const annotations = v.optional(v.record(v.string(), text));
const platform = v.object({ architecture: text, os: text, variant: v.optional(text) });
const descriptor = v.object({
  mediaType: text,
  digest,
  size,
  annotations,
  platform: v.optional(platform),
});

const manifestSchema = v.object({
  schemaVersion: v.literal(2),
  mediaType: v.optional(text, imageTypes.manifest),
  config: descriptor,
  layers: v.pipe(v.array(descriptor), v.maxLength(2000)),
  annotations,
});

const indexSchema = v.object({
  schemaVersion: v.literal(2),
  mediaType: v.optional(text, imageTypes.index),
  manifests: v.pipe(v.array(descriptor), v.maxLength(10_000)),
  annotations,
});

const words = v.nullish(v.array(text));
const runSchema = v.object({
  User: v.nullish(text),
  Env: words,
  Entrypoint: words,
  Cmd: words,
  WorkingDir: v.nullish(text),
  Labels: v.nullish(v.record(v.string(), text)),
  ExposedPorts: v.nullish(v.record(v.string(), v.object({}))),
  Volumes: v.nullish(v.record(v.string(), v.object({}))),
  StopSignal: v.nullish(text),
});

const configSchema = v.object({
  architecture: text,
  os: text,
  variant: v.optional(text),
  created: v.nullish(text),
  config: v.nullish(runSchema),
  rootfs: v.object({ type: v.literal('layers'), diff_ids: v.pipe(v.array(digest), v.maxLength(2000)) }),
  history: v.nullish(
    v.array(
      v.object({
        created: v.nullish(text),
        created_by: v.nullish(text),
        comment: v.nullish(text),
        empty_layer: v.nullish(v.boolean()),
      }),
    ),
  ),
});

/** Parses a manifest or an index, whichever it is.
 * @param subject what it is of, for the error
 * @throws IMAGE_INVALID */
export function parseImageDocument(
  json: string,
  subject: string,
): { readonly manifest: ImageManifest } | { readonly index: ImageIndex } {
  if (json.length > largestImageManifest) throw imageInvalid(subject, `its manifest has ${json.length} bytes`);
  const value = parseJsonWithin(json, mostValues);
  if (value !== null && typeof value === 'object' && 'manifests' in value) {
    return { index: check(indexSchema, value, subject) as ImageIndex };
  }
  return { manifest: check(manifestSchema, value, subject) as ImageManifest };
}

/** Parses the config of an image; what is null in it, as Docker writes, is left out.
 * @throws IMAGE_INVALID */
export function parseImageConfig(json: string, subject: string): ImageConfig {
  const config = check(configSchema, parseJsonWithin(json, mostValues), subject);
  return withoutNulls(config) as ImageConfig;
}

function check<Schema extends v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>>(
  schema: Schema,
  value: unknown,
  subject: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw imageInvalid(subject, `"${v.getDotPath(issue) ?? 'it'}" ${issue.message}`);
}

/** The error for an image that is not one. */
export function imageInvalid(subject: string, state: string): FarmError {
  return new FarmError('IMAGE_INVALID', `Cannot read the image "${subject}": ${state}`);
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutNulls(item)]));
}
