import { digestOf } from '../core/digest.ts';
import { type Digest, isDigest } from '../core/digest-text.ts';
import { FarmError } from '../core/farm-error.ts';
import { formatCanonicalJson } from '../core/json.ts';
import { parsePlatform } from '../model/platform.ts';
import * as v from 'valibot';
import type { PackageReference, PackageUpload, StoredPackage } from './binhost.ts';

/** The annotation that carries a package's signed statement. */
const envelopeAnnotation = 'org.binfarm.envelope';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const configType = 'application/vnd.oci.image.config.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar+zstd';

/** A package's two OCI documents, as the bytes that are stored. */
export interface PackageDocuments {
  readonly config: string;
  readonly manifest: string;
}

/** Makes the OCI image manifest and config of a package: one layer, which is the package's blob (OCI image specification 1.1). */
export function formatPackageDocuments(upload: PackageUpload): PackageDocuments {
  const architecture = ociArchitectureOf(upload.platform);
  const config = formatCanonicalJson({
    architecture,
    os: 'linux',
    config: { Labels: { 'org.binfarm.package': upload.name, 'org.binfarm.build-hash': upload.buildHash } },
    rootfs: { type: 'layers', diff_ids: [upload.diffId] },
  });
  const manifest = formatCanonicalJson({
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: configType, digest: digestOf(config), size: Buffer.byteLength(config) },
    layers: [
      {
        mediaType: layerType,
        digest: upload.blob.digest,
        size: upload.blob.size,
        annotations: { ...upload.layerAnnotations, 'org.binfarm.diff-id': upload.diffId },
      },
    ],
    annotations: {
      'org.opencontainers.image.title': upload.name,
      'org.opencontainers.image.version': upload.version,
      'org.opencontainers.image.licenses': upload.license,
      'org.opencontainers.image.description': upload.summary,
      'org.binfarm.platform': upload.platform,
      'org.binfarm.build-hash': upload.buildHash,
      [envelopeAnnotation]: Buffer.from(formatCanonicalJson(upload.envelope)).toString('base64'),
    },
  });
  return { config, manifest };
}

const digest = v.custom<Digest>((input) => typeof input === 'string' && isDigest(input), 'it must be a sha256 digest');

const manifestSchema = v.object({
  schemaVersion: v.literal(2),
  layers: v.pipe(
    v.array(
      v.object({
        mediaType: v.literal(layerType),
        digest,
        size: v.pipe(v.number(), v.integer(), v.minValue(1)),
        annotations: v.object({ 'org.binfarm.diff-id': digest }),
      }),
    ),
    v.length(1),
  ),
  annotations: v.object({ [envelopeAnnotation]: v.pipe(v.string(), v.maxLength(16_384)) }),
});

/** Parses what a binhost says of a package.
 * @throws PACKAGE_DAMAGED when it is not a package's manifest */
export function parsePackageDocument(text: string, reference: PackageReference, location: string): StoredPackage {
  const result = v.safeParse(manifestSchema, parseJson(text));
  if (!result.success) {
    throw new FarmError('PACKAGE_DAMAGED', `Cannot use package "${reference.name}" in "${location}": its manifest is damaged`, {
      hint: `Remove the manifest and build or push the package again`,
      details: { problem: result.issues[0].message },
    });
  }
  const layer = result.output.layers[0]!;
  return {
    ...reference,
    digest: layer.digest,
    size: layer.size,
    diffId: layer.annotations['org.binfarm.diff-id'],
    envelope: parseJson(Buffer.from(result.output.annotations[envelopeAnnotation]!, 'base64').toString()),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A platform's processor in the words of OCI (GOARCH). */
function ociArchitectureOf(platform: string): string {
  const { arch } = parsePlatform(platform);
  return { x86_64: 'amd64', aarch64: 'arm64' }[arch] ?? arch;
}
