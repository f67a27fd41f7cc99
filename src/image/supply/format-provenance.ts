import { type Digest, hexOf } from '../../core/digest-text.ts';
import type { ContainedPackage, ImageContents } from './image-contents.ts';
import type { PackageUrls } from './package-urls.ts';

/** The predicate type of provenance (SLSA 1.0). */
export const provenanceType = 'https://slsa.dev/provenance/v1';

/** What the build of an image is called, and what its parameters mean: docs/guide/supply-chain.md. */
export const imageBuildType = 'tag:binfarm.org,2026:image-build/1';

/** What was decided for an image beside its release. */
export interface ImageParameters {
  /** With the packages, or without them. */
  readonly form: 'fat' | 'thin';
  readonly sets: readonly string[];
  readonly base: string;
  readonly layers: readonly Digest[];
}

/** Something that an image or a package was made of (in-toto, "ResourceDescriptor"). */
interface Resource {
  readonly name: string;
  readonly uri?: string;
  readonly digest: { readonly sha256: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Formats where an image comes from as a SLSA predicate: its release, its base, every package, and of each package the plan that it was built by and the sources.
 * @param keyId of the key that vouches for it */
export function formatProvenance(
  contents: ImageContents,
  parameters: ImageParameters,
  { urls, keyId }: { readonly urls: PackageUrls; readonly keyId: string },
): object {
  const { farm, image, release, platform, releaseDigest, base } = contents;
  const { form, sets, base: reference, layers } = parameters;
  return {
    buildDefinition: {
      buildType: imageBuildType,
      externalParameters: { farm, image, release, platform, form, sets, base: reference },
      internalParameters: { layers },
      resolvedDependencies: [
        resource(`release ${farm}/${release}`, releaseDigest),
        ...(base === undefined ? [] : [resource(`base ${base.name}`, base.digest)]),
        ...contents.packages.flatMap((item) => packageResources(item, urls)),
        ...sourceResources(contents, urls),
      ],
    },
    runDetails: { builder: { id: `tag:binfarm.org,2026:farm/${farm}/${keyId}` } },
  };
}

function resource(name: string, digest: Digest, more: Partial<Resource> = {}): Resource {
  return { name, digest: { sha256: hexOf(digest) }, ...more };
}

function packageResources(item: ContainedPackage, urls: PackageUrls): readonly Resource[] {
  const { storeName, digest, diffId, manifest } = item;
  const { buildHash, provenance } = manifest;
  const { plan, base, sources, buildTools } = provenance;
  const annotations = {
    'diff-id': diffId,
    'build-hash': buildHash,
    plan,
    base,
    sources: sources.map((source) => source.digest).join(' '),
    'build-tools': buildTools.map(({ name, version, from }) => `${name}@${version} (${from})`).join(', '),
  };
  const packed = resource(`package ${storeName}`, digest, { uri: urls.ofPackage(item), annotations });
  return [packed, resource(`plan of ${storeName}`, plan)];
}

function sourceResources({ packages }: ImageContents, urls: PackageUrls): readonly Resource[] {
  const sources = new Map(
    packages.flatMap(({ manifest }) => manifest.provenance.sources.map((source) => [source.digest, source] as const)),
  );
  return [...sources.values()].map((source) =>
    resource(`source ${source.file}`, source.digest, { uri: urls.ofSource(source) }),
  );
}
