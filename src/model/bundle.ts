import * as v from 'valibot';
import { type Digest, isDigest } from '../core/digest-text.ts';
import { isReleaseName, type ReleaseName } from './release.ts';

const text = v.pipe(v.string(), v.nonEmpty(), v.maxLength(1024));
const list = v.pipe(v.array(text), v.maxLength(64));
const release = v.strictObject({
  name: v.custom<ReleaseName>((value) => typeof value === 'string' && isReleaseName(value), 'is no release name'),
  /** Of the release's document. */
  digest: v.custom<Digest>((value) => typeof value === 'string' && isDigest(value), 'is no digest'),
});

const bundleSchema = v.strictObject({
  format: v.literal('binfarm.bundle/1'),
  farm: text,
  release,
  /** The release whose packages are left out. */
  since: v.optional(release),
  /** Those of the release that it has the packages of. */
  platforms: v.pipe(list, v.nonEmpty()),
  /** Where the farm's releases can be had over the network, for updates. */
  origin: v.optional(text),
  /** The keys that have signed the release; their files are beside this one. */
  keys: v.pipe(
    v.array(
      v.strictObject({ id: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/, 'is no id of a key')), fingerprint: text }),
    ),
    v.nonEmpty(),
    v.maxLength(16),
  ),
  /** The systems that it carries a binfarm for. */
  systems: list,
});

/** What a bundle says of itself. None of it is signed: it only says what is to be looked for in the signed documents. */
export type BundleFacts = v.InferOutput<typeof bundleSchema>;

/** Finds what is wrong with what a bundle says of itself; undefined when nothing is. */
export function parseBundleFacts(value: unknown): { readonly facts: BundleFacts } | { readonly problem: string } {
  const result = v.safeParse(bundleSchema, value, { abortEarly: true });
  if (result.success) return { facts: result.output };
  const [issue] = result.issues;
  return { problem: `"${v.getDotPath(issue) ?? 'it'}" ${issue.message}` };
}
