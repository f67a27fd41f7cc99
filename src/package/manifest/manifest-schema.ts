import * as v from 'valibot';
import { type Digest, isDigest } from '../../core/digest-text.ts';
import { type BuildHash, isPackageName } from '../../model/names.ts';
import type { PackageManifest } from '../../model/package-manifest.ts';
import { isSafePath } from './safe-path.ts';

/** The most that a manifest may have of anything; a package that needs more is refused when it is packed. */
export const manifestLimits = {
  bytes: 24 << 20,
  entries: 100_000,
  /** Everything that its JSON has, keys not counted: what decides how much memory it takes. */
  values: 1_000_000,
  dependencies: 4096,
  fileSize: 2 ** 40,
  pathBytes: 1024,
  rootBytes: 255,
  textBytes: 1 << 16,
} as const;

const text = v.pipe(v.string(), v.maxLength(manifestLimits.textBytes));
const shortText = v.pipe(v.string(), v.nonEmpty(), v.maxLength(256));
const texts = v.pipe(v.array(text), v.maxLength(4096));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const digest = v.custom<Digest>((value) => typeof value === 'string' && isDigest(value), 'is no digest');
const buildHash = v.custom<BuildHash>(
  (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value),
  'is no build hash',
);
const packageName = v.custom<PackageManifest['name']>(
  (value) => typeof value === 'string' && isPackageName(value),
  'is no package name',
);
const path = v.custom<string>((value) => typeof value === 'string' && isSafePath(value), 'is no path below a prefix');
/** Any path that packages can be installed at, see `checkRoot`: an installed package names the one that it has now. */
const rootForm =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  /^(?:\/(?!\.{1,2}(?:\/|$))[^\x00-\x20\x7f\s/:;"'`\\$&|<>()[\]{}*?!#~^=]+)+$/;
const root = v.custom<string>(
  (value) =>
    typeof value === 'string' &&
    Buffer.byteLength(value) <= manifestLimits.rootBytes &&
    rootForm.test(value) &&
    value.isWellFormed(),
  'is no store root',
);
const storeName = v.custom<string>(
  (value) => typeof value === 'string' && /^[A-Za-z0-9_][A-Za-z0-9_.+~@:=-]{0,199}$/.test(value),
  'is no name of a folder in a store',
);
const linkTarget = v.pipe(
  v.string(),
  v.nonEmpty(),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  v.check((value) => !/[\x00-\x1f\x7f]/.test(value) && Buffer.byteLength(value) <= 4095, 'is no target of a link'),
);

// Files first: a variant tries its kinds in order, and most entries are files.
const entry = v.variant('type', [
  v.strictObject({
    path,
    type: v.literal('file'),
    mode: v.picklist([0o644, 0o755]),
    size: v.pipe(count, v.maxValue(manifestLimits.fileSize)),
    digest,
  }),
  v.strictObject({ path, type: v.literal('directory'), mode: v.literal(0o755) }),
  v.strictObject({ path, type: v.literal('symlink'), target: linkTarget }),
  v.strictObject({ path, type: v.literal('hardlink'), target: path }),
]);

const relocation = v.strictObject({
  path,
  kind: v.picklist(['text', 'binary', 'symlink']),
  offsets: v.pipe(v.array(count), v.nonEmpty()),
});

const elf = v.strictObject({
  path,
  soname: v.exactOptional(text),
  needed: texts,
  glibc: v.exactOptional(v.pipe(v.string(), v.regex(/^\d{1,4}(\.\d{1,4}){1,3}$/))),
});

const dependencyType = v.picklist(['build', 'link', 'run', 'test']);
const dependency = v.strictObject({
  name: packageName,
  buildHash,
  storeName,
  types: v.pipe(v.array(dependencyType), v.maxLength(4)),
});

const step = v.variant('do', [
  v.strictObject({
    do: v.literal('run'),
    argv: texts,
    cwd: v.exactOptional(text),
    env: v.exactOptional(v.record(shortText, text)),
  }),
  v.strictObject({ do: v.literal('write'), path: text, text, executable: v.exactOptional(v.boolean()) }),
  v.strictObject({ do: v.literal('edit'), path: text, find: text, replace: text }),
  v.strictObject({ do: v.literal('copy'), from: text, to: text }),
  v.strictObject({ do: v.literal('remove'), path: text }),
  v.strictObject({ do: v.literal('patch'), text, strip: count, cwd: v.exactOptional(text) }),
]);

const test = v.strictObject({
  name: shortText,
  steps: v.pipe(v.array(step), v.maxLength(256)),
  timeoutSeconds: v.pipe(v.number(), v.minValue(0)),
});

const provenance = v.strictObject({
  plan: digest,
  sources: v.pipe(v.array(v.strictObject({ file: text, digest })), v.maxLength(4096)),
  base: text,
  buildTools: v.pipe(
    v.array(v.strictObject({ name: shortText, version: shortText, from: text })),
    v.maxLength(manifestLimits.dependencies),
  ),
});

/** The shape of `.binfarm/package.json`, with limits; `checkManifest` has the rules between its parts. */
export const manifestSchema = v.strictObject({
  format: v.literal('binfarm.package/1'),
  name: packageName,
  version: shortText,
  variants: v.record(shortText, v.union([v.boolean(), text, texts])),
  platform: shortText,
  buildHash,
  storeName,
  root,
  summary: text,
  homepage: v.exactOptional(text),
  license: text,
  category: text,
  dependencies: v.pipe(v.array(dependency), v.maxLength(manifestLimits.dependencies)),
  entries: v.pipe(v.array(entry), v.maxLength(manifestLimits.entries)),
  relocations: v.pipe(v.array(relocation), v.maxLength(manifestLimits.entries)),
  notRelocatable: v.pipe(v.array(v.strictObject({ path, reason: text })), v.maxLength(manifestLimits.entries)),
  elf: v.pipe(v.array(elf), v.maxLength(manifestLimits.entries)),
  tests: v.pipe(v.array(test), v.maxLength(256)),
  provenance,
}) satisfies v.GenericSchema<unknown, PackageManifest>;
