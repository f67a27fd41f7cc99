import type { Digest } from '../../core/digest-text.ts';

/** Media types of images: OCI image specification 1.1, and Docker's own, which mean the same. */
export const imageTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  zstdLayer: 'application/vnd.oci.image.layer.v1.tar+zstd',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
} as const;

/** What binfarm says of images and their layers, in annotations. */
export const imageAnnotations = {
  /** Of a layer: `base`, `package`, `group`, `relocated` or `top`. */
  kind: 'org.binfarm.layer.kind',
  /** Of a layer: store names of its packages, with spaces between them. */
  packages: 'org.binfarm.layer.packages',
  /** Of a layer: their names, each once. */
  origins: 'org.binfarm.layer.origins',
  /** Of a manifest or an index: farm and name of the release, its document's digest, the platform. */
  release: 'org.binfarm.release',
  releaseDigest: 'org.binfarm.release.digest',
  platform: 'org.binfarm.platform',
  /** Of a manifest: `fat` or `thin`. */
  form: 'org.binfarm.image.form',
} as const;

/** How one document or blob refers to another. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: ImagePlatform;
}

/** A processor and an operating system, in the words of Go. */
export interface ImagePlatform {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
}

/** The manifest of an image for one platform; layers from the lowest to the uppermost. */
export interface ImageManifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One image for several platforms: manifests, each with its platform. */
export interface ImageIndex {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What a container has when it starts. */
export interface RunConfig {
  readonly User?: string;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly StopSignal?: string;
}

/** How a layer came about, for people. */
export interface HistoryEntry {
  readonly created?: string;
  readonly created_by?: string;
  readonly comment?: string;
  readonly empty_layer?: boolean;
}

/** The config of an image for one platform. */
export interface ImageConfig {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly created?: string;
  readonly config?: RunConfig;
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly Digest[] };
  readonly history?: readonly HistoryEntry[];
}

/** The words of OCI for the processor of a platform's name. */
export function imagePlatformOf(arch: string): ImagePlatform {
  return { architecture: { x86_64: 'amd64', aarch64: 'arm64' }[arch] ?? arch, os: 'linux' };
}
