import * as v from 'valibot';
import { digestOf } from '../core/digest.ts';
import { type Digest, isDigest } from '../core/digest-text.ts';
import { FarmError } from '../core/farm-error.ts';
import { formatCanonicalJson } from '../core/json.ts';
import { parsePlatform } from '../model/platform.ts';
import type { PackageReference, PackageUpload, StoredPackage } from './binhost.ts';
import { ociTypes, parseManifestJson } from './oci-types.ts';

/** The annotation that carries a package's signed statement. */
const envelopeAnnotation = 'org.binfarm.envelope';

const diffIdAnnotation = 'org.binfarm.diff-id';
const platformAnnotation = 'org.binfarm.platform';

/** A package's two OCI documents, as the bytes that are stored. */
export interface PackageDocuments {
  readonly config: string;
  readonly manifest: string;
}

/** What the documents of a package are made of. */
export type PackageFacts = Omit<PackageUpload, 'blob'> & {
  readonly blob: Pick<PackageUpload['blob'], 'digest' | 'size'>;
};

/** Makes the OCI image manifest and config of a package: one layer, which is the package's blob (OCI image specification 1.1). Equal facts have equal bytes. */
export function formatPackageDocuments(upload: PackageFacts): PackageDocuments {
  const architecture = ociArchitectureOf(upload.platform);
  const config = formatCanonicalJson({
    architecture,
    os: 'linux',
    config: { Labels: { 'org.binfarm.package': upload.name, 'org.binfarm.build-hash': upload.buildHash } },
    rootfs: { type: 'layers', diff_ids: [upload.diffId] },
  });
  const manifest = formatCanonicalJson({
    schemaVersion: 2,
    mediaType: ociTypes.manifest,
    config: { mediaType: ociTypes.config, digest: digestOf(config), size: Buffer.byteLength(config) },
    layers: [
      {
        mediaType: ociTypes.layer,
        digest: upload.blob.digest,
        size: upload.blob.size,
        annotations: { ...upload.layerAnnotations, [diffIdAnnotation]: upload.diffId },
      },
    ],
    annotations: {
      'org.opencontainers.image.title': upload.name,
      'org.opencontainers.image.version': upload.version,
      'org.opencontainers.image.licenses': upload.license,
      'org.opencontainers.image.description': upload.summary,
      [platformAnnotation]: upload.platform,
      'org.binfarm.build-hash': upload.buildHash,
      [envelopeAnnotation]: Buffer.from(formatCanonicalJson(upload.envelope)).toString('base64'),
    },
  });
  return { config, manifest };
}

const digest = v.custom<Digest>((input) => typeof input === 'string' && isDigest(input), 'it must be a sha256 digest');
const text = v.optional(v.pipe(v.string(), v.maxLength(4096)), '');

const manifestSchema = v.object({
  schemaVersion: v.literal(2),
  config: v.object({ digest, size: v.pipe(v.number(), v.safeInteger(), v.minValue(2), v.maxValue(1 << 20)) }),
  layers: v.pipe(
    v.array(
      v.object({
        mediaType: v.literal(ociTypes.layer),
        digest,
        size: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
        annotations: v.intersect([v.record(v.string(), v.string()), v.object({ [diffIdAnnotation]: digest })]),
      }),
    ),
    v.length(1),
  ),
  annotations: v.object({
    [envelopeAnnotation]: v.pipe(v.string(), v.maxLength(16_384)),
    [platformAnnotation]: text,
    'org.opencontainers.image.version': text,
    'org.opencontainers.image.licenses': text,
    'org.opencontainers.image.description': text,
  }),
});

/** Parses what a binhost says of a package.
 * @throws PACKAGE_DAMAGED when it is not a package's manifest */
export function parsePackageDocument(document: string, reference: PackageReference, location: string): StoredPackage {
  const result = v.safeParse(manifestSchema, parseManifestJson(document));
  if (!result.success) {
    throw new FarmError(
      'PACKAGE_DAMAGED',
      `Cannot use package "${reference.name}" in "${location}": its manifest is damaged`,
      {
        hint: 'binfarm binhost check --repair removes it; then build or push the package again',
        details: { problem: result.issues[0].message },
      },
    );
  }
  const { annotations, config } = result.output;
  const layer = result.output.layers[0]!;
  const { [diffIdAnnotation]: diffId, ...layerAnnotations } = layer.annotations;
  return {
    name: reference.name,
    buildHash: reference.buildHash,
    location,
    version: annotations['org.opencontainers.image.version'],
    platform: annotations[platformAnnotation],
    license: annotations['org.opencontainers.image.licenses'],
    summary: annotations['org.opencontainers.image.description'],
    digest: layer.digest,
    size: layer.size,
    diffId: diffId as Digest,
    layerAnnotations,
    config,
    envelope: parseManifestJson(Buffer.from(annotations[envelopeAnnotation]!, 'base64').toString()),
  };
}

/** A platform's processor in the words of OCI (GOARCH). */
function ociArchitectureOf(platform: string): string {
  const { arch } = parsePlatform(platform);
  return { x86_64: 'amd64', aarch64: 'arm64' }[arch] ?? arch;
}
