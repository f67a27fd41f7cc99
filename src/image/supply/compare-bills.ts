import * as v from 'valibot';
import { type Digest, hexOf } from '../../core/digest-text.ts';

/** Digests of packages by store name: as an image has them, or as a document says. */
export type PackageDigests = ReadonlyMap<string, Digest>;

const many = 200_000;
const list = <Item extends v.GenericSchema>(item: Item) => v.pipe(v.array(item), v.maxLength(many));

const spdxSchema = v.object({
  spdxVersion: v.literal('SPDX-2.3'),
  packages: list(
    v.object({
      packageFileName: v.optional(v.string()),
      primaryPackagePurpose: v.optional(v.string()),
      checksums: v.optional(v.array(v.object({ algorithm: v.string(), checksumValue: v.string() }))),
    }),
  ),
});

const cycloneSchema = v.object({
  bomFormat: v.literal('CycloneDX'),
  components: list(
    v.object({
      'bom-ref': v.optional(v.string()),
      hashes: v.optional(v.array(v.object({ alg: v.string(), content: v.string() }))),
      properties: v.optional(v.array(v.object({ name: v.string(), value: v.optional(v.string()) }))),
    }),
  ),
});

const provenanceSchema = v.object({
  buildDefinition: v.object({
    resolvedDependencies: list(
      v.object({ name: v.optional(v.string(), ''), digest: v.optional(v.record(v.string(), v.string()), {}) }),
    ),
  }),
});

/** The packages that a bill of materials in SPDX lists; undefined when it is none. */
export function packagesInSpdx(document: unknown): PackageDigests | undefined {
  const parsed = v.safeParse(spdxSchema, document);
  if (!parsed.success) return undefined;
  const own = parsed.output.packages.filter(({ primaryPackagePurpose }) => primaryPackagePurpose === 'LIBRARY');
  return digestsOf(
    own.map(({ packageFileName, checksums = [] }) => [
      packageFileName,
      checksums.find(({ algorithm }) => algorithm === 'SHA256')?.checksumValue,
    ]),
  );
}

/** The packages that a bill of materials in CycloneDX lists; undefined when it is none. */
export function packagesInCycloneDx(document: unknown): PackageDigests | undefined {
  const parsed = v.safeParse(cycloneSchema, document);
  if (!parsed.success) return undefined;
  const own = parsed.output.components.filter(({ properties = [] }) =>
    properties.some(({ name }) => name === 'binfarm:build-hash'),
  );
  return digestsOf(
    own.map(({ 'bom-ref': ref, hashes = [] }) => [ref, hashes.find(({ alg }) => alg === 'SHA-256')?.content]),
  );
}

/** What a provenance says an image was made of, by name: `release ...`, `package ...`, `source ...`; undefined when it is none. */
export function resourcesInProvenance(predicate: unknown): PackageDigests | undefined {
  const parsed = v.safeParse(provenanceSchema, predicate);
  if (!parsed.success) return undefined;
  return digestsOf(parsed.output.buildDefinition.resolvedDependencies.map(({ name, digest }) => [name, digest.sha256]));
}

function digestsOf(pairs: readonly (readonly [string | undefined, string | undefined])[]): PackageDigests {
  return new Map(pairs.flatMap(([name, hex]) => (name === undefined ? [] : [[name, `sha256:${hex ?? ''}` as Digest]])));
}

/** Says how a document's packages differ from an image's; undefined when they do not. */
export function differenceOf(said: PackageDigests, real: PackageDigests): string | undefined {
  const missing = [...real].find(([name]) => !said.has(name));
  if (missing !== undefined) return `does not name ${missing[0]}`;
  const wrong = [...real].find(([name, digest]) => said.get(name) !== digest);
  if (wrong !== undefined)
    return `says that ${wrong[0]} is ${shown(said.get(wrong[0])!)}, and it is ${shown(wrong[1])}`;
  const extra = [...said.keys()].find((name) => !real.has(name));
  return extra === undefined ? undefined : `names ${extra}, which the image does not have`;
}

function shown(digest: Digest): string {
  return hexOf(digest).slice(0, 12);
}
