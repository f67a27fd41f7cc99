import { digestOf } from '../core/digest.ts';
import { parseJsonWithin } from '../core/parse-json-within.ts';

/** Media types of OCI image specification 1.1, and binfarm's own. */
export const ociTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+zstd',
  empty: 'application/vnd.oci.empty.v1+json',
  /** DSSE 1.0. */
  envelope: 'application/vnd.dsse.envelope.v1+json',
  release: 'application/vnd.binfarm.release.v1+json',
  channel: 'application/vnd.binfarm.channel.v1+json',
  withdrawal: 'application/vnd.binfarm.withdrawal.v1+json',
  key: 'application/vnd.binfarm.key.v1+json',
  program: 'application/vnd.binfarm.program.v1+json',
  gzip: 'application/gzip',
} as const;

/** The config of what is no image: an empty object. */
export const emptyConfig = { text: '{}', digest: digestOf('{}'), size: 2 } as const;

/** More than a manifest has (bytes): registries refuse larger ones. */
export const largestManifest = 4 << 20;

/** More than a signed document has (bytes). */
export const largestDocument = 16 << 20;

/** Parses the text of a manifest, of whoever it is; undefined when it is none. */
export function parseManifestJson(text: string): unknown {
  return parseJsonWithin(text, 50_000);
}
