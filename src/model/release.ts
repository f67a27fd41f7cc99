import * as v from 'valibot';
import { type Digest, isDigest } from '../core/digest-text.ts';
import { type BuildHash, isBuildHash, isPackageName, type PackageName } from './names.ts';
import { storeNameOf } from './store-root.ts';

/** Names of releases and channels: what an OCI tag can be, in lower case. */
export type ReleaseName = string & { readonly __brand: 'ReleaseName' };

const nameForm = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** True when a text can name a release or a channel. */
export function isReleaseName(text: string): text is ReleaseName {
  return nameForm.test(text) && !text.includes('..');
}

const most = { platforms: 64, packages: 20_000, text: 1024, notes: 16_384 };

const text = v.pipe(v.string(), v.maxLength(most.text));
const time = v.pipe(v.string(), v.isoTimestamp());
const name = v.custom<ReleaseName>((value) => typeof value === 'string' && isReleaseName(value), 'is no release name');
const digest = v.custom<Digest>((value) => typeof value === 'string' && isDigest(value), 'is no digest');
const storeName = v.pipe(v.string(), v.regex(/^[a-z0-9][A-Za-z0-9_.+-]{0,254}$/, 'is no folder name of a store'));
const size = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const variant = v.union([v.boolean(), text, v.array(text)]);

const packageSchema = v.strictObject({
  name: v.custom<PackageName>((value) => typeof value === 'string' && isPackageName(value), 'is no package name'),
  version: text,
  variants: v.record(text, variant),
  buildHash: v.custom<BuildHash>((value) => typeof value === 'string' && isBuildHash(value), 'is no build hash'),
  /** Of the blob, and of the tar in it. */
  digest,
  size,
  diffId: digest,
  /** Store names of everything that it needs to run. */
  needs: v.array(storeName),
  license: text,
  /** The newest glibc whose symbols its files, or those of what it needs, use; absent when they use none. */
  glibc: v.optional(text),
  /** False when it, or something that it needs, can only be used where it was built. */
  relocatable: v.boolean(),
  /** For a package that is used beside others than it was built with: names of the store in its files, its own among them, each with the one that is put in its place. */
  renames: v.optional(v.record(storeName, storeName)),
});

const platformSchema = v.strictObject({
  /** The length in bytes of the root that the packages were built for: the longest path that they can be installed at. */
  rootLength: v.pipe(v.number(), v.integer(), v.minValue(16), v.maxValue(200)),
  /** Store names of what each set asks for. */
  sets: v.record(text, v.array(storeName)),
  /** By store name. */
  packages: v.pipe(
    v.record(storeName, packageSchema),
    v.check((value) => Object.keys(value).length <= most.packages, 'has too many packages'),
  ),
});

const changeSchema = v.strictObject({ platform: text, name: text, before: v.optional(text), after: v.optional(text) });

const releaseSchema = v.strictObject({
  type: v.literal('release'),
  format: v.literal('binfarm.release/1'),
  farm: text,
  name,
  created: time,
  /** The release that this one is layered on: what that has and this does not say anew belongs to it. */
  base: v.optional(v.strictObject({ name, digest })),
  notes: v.pipe(v.string(), v.maxLength(most.notes)),
  /** The release that this one was made from by replacing packages without building anew what needs them. */
  patchOf: v.optional(v.strictObject({ name, digest, replaced: v.array(changeSchema) })),
  /** What is new against the release before. */
  changes: v.strictObject({
    against: v.optional(name),
    added: v.array(changeSchema),
    removed: v.array(changeSchema),
    updated: v.array(changeSchema),
  }),
  platforms: v.pipe(
    v.record(text, platformSchema),
    v.check((value) => Object.keys(value).length <= most.platforms, 'has too many platforms'),
  ),
});

/** A package in a release. */
export type ReleasePackage = v.InferOutput<typeof packageSchema>;

/** The folder's name that a package was packed under, and that its files have before any renames. */
export function packedNameOf({
  name,
  version,
  buildHash,
}: Pick<ReleasePackage, 'name' | 'version' | 'buildHash'>): string {
  return storeNameOf(name, version, buildHash);
}

/** What a release has for one platform. */
export type ReleasePlatform = v.InferOutput<typeof platformSchema>;

/** A named, immutable list of packages for every platform; signed, so that its digests pin everything. */
export type Release = v.InferOutput<typeof releaseSchema>;

/** How one package differs between two releases; a side is absent where the package is. */
export type ReleaseChange = v.InferOutput<typeof changeSchema>;

const channelSchema = v.strictObject({
  type: v.literal('channel'),
  format: v.literal('binfarm.channel/1'),
  farm: text,
  name,
  /** Grows by one with every move; a consumer refuses a smaller one than it has seen. */
  serial: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  moved: time,
  /** After this the channel is not believed any more. */
  expires: v.optional(time),
  release: name,
  /** Of the release's document. */
  digest,
});

/** A moving name for a release: `latest`, `testing`. */
export type Channel = v.InferOutput<typeof channelSchema>;

const withdrawalSchema = v.strictObject({
  type: v.literal('withdrawal'),
  format: v.literal('binfarm.withdrawal/1'),
  farm: text,
  /** Of the release. */
  name,
  /** Of the release's document. */
  digest,
  withdrawn: time,
  reason: text,
  /** The release that is to be used instead. */
  instead: v.optional(name),
});

/** That a release is not to be used any more, since when and why; it is never taken back. */
export type Withdrawal = v.InferOutput<typeof withdrawalSchema>;

/** Finds what is wrong with a document that says it is a release; undefined when nothing is. */
export function parseRelease(value: unknown): { readonly release: Release } | { readonly problem: string } {
  const result = v.safeParse(releaseSchema, value, { abortEarly: true });
  if (!result.success) return { problem: describe(result.issues[0]) };
  const problem = findDangling(result.output);
  return problem === undefined ? { release: result.output } : { problem };
}

/** Finds what is wrong with a document that says it is a channel; undefined when nothing is. */
export function parseChannel(value: unknown): { readonly channel: Channel } | { readonly problem: string } {
  const result = v.safeParse(channelSchema, value, { abortEarly: true });
  return result.success ? { channel: result.output } : { problem: describe(result.issues[0]) };
}

/** Finds what is wrong with a document that says it is a withdrawal; undefined when nothing is. */
export function parseWithdrawal(value: unknown): { readonly withdrawal: Withdrawal } | { readonly problem: string } {
  const result = v.safeParse(withdrawalSchema, value, { abortEarly: true });
  return result.success ? { withdrawal: result.output } : { problem: describe(result.issues[0]) };
}

function describe(issue: v.BaseIssue<unknown>): string {
  return `"${v.getDotPath(issue) ?? 'it'}" ${issue.message}`;
}

/** The first name of a package's that is replaced by none of the release, or by one that does not fit in its place. */
function findWrongName(
  own: string,
  { renames, ...item }: ReleasePackage,
  packages: Readonly<Record<string, ReleasePackage>>,
): string | undefined {
  if (renames === undefined) return undefined;
  if ((renames[packedNameOf(item)] ?? packedNameOf(item)) !== own) return own;
  const wrong = Object.entries(renames).find(([from, to]) => to.length > from.length || !Object.hasOwn(packages, to));
  return wrong?.[1];
}

/** Names that a release uses and does not have. */
function findDangling({ platforms }: Release): string | undefined {
  for (const [platform, { sets, packages }] of Object.entries(platforms)) {
    const used = [...Object.values(sets).flat(), ...Object.values(packages).flatMap(({ needs }) => needs)];
    const missing = used.find((item) => !Object.hasOwn(packages, item));
    if (missing !== undefined) return `it names "${missing}" for ${platform} but does not have it`;
    const [wrong] = Object.entries(packages).flatMap(([own, item]) => findWrongName(own, item, packages) ?? []);
    if (wrong !== undefined) return `it gives "${wrong}" a name for ${platform} that cannot be`;
  }
  return undefined;
}
