import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatDocumentArtifact } from '../../src/binhost/document-oci.ts';
import { ociTypes } from '../../src/binhost/oci-types.ts';
import { formatPackageDocuments } from '../../src/binhost/package-oci.ts';
import { digestOf } from '../../src/core/digest.ts';
import { formatCanonicalJson } from '../../src/core/json.ts';
import type { PackageManifest } from '../../src/model/package-manifest.ts';
import { type Envelope, signStatement } from '../../src/package/sign/envelope.ts';
import type { SecretKey } from '../../src/package/sign/key-file.ts';
import { packageStatementOf } from '../../src/package/sign/package-statement.ts';
import type { ComposedPackage } from './compose-package.ts';

/** A package of a release, whatever it really holds. */
export interface ShippedPackage {
  /** What the binhost and the release say of it. */
  readonly manifest: PackageManifest;
  readonly blob: ComposedPackage;
}

/** A binhost in a folder, written file by file, so that nothing of binfarm stands in the way of what is wrong. */
export interface RawBinhost {
  readonly folder: string;
  /** Writes a file below `v2/nova/`. */
  readonly write: (path: string, bytes: Buffer | string) => void;
}

/** The farm of all samples, and the names of its documents. */
export const sampleFarm = { farm: 'nova', release: '2026.1', channel: 'latest' } as const;

/** Makes an empty binhost, in place of one that is there. */
export function makeRawBinhost(folder: string): RawBinhost {
  rmSync(folder, { recursive: true, force: true });
  const write = (path: string, bytes: Buffer | string) => {
    const full = join(folder, 'v2', sampleFarm.farm, path);
    mkdirSync(join(full, '..'), { recursive: true });
    writeFileSync(full, bytes);
  };
  return { folder, write };
}

/** The OCI documents of a package, signed. */
export function documentsOf({ manifest, blob }: ShippedPackage, key: SecretKey): { config: string; manifest: string } {
  const { name, version, buildHash, platform, license, summary } = manifest;
  return formatPackageDocuments({
    ...{ name, version, buildHash, platform, license, summary },
    blob,
    diffId: blob.diffId,
    layerAnnotations: blob.annotations,
    envelope: signStatement(packageStatementOf(manifest, blob), key),
  });
}

/** Puts a package into a binhost: blob, config, manifest. */
export function shipPackage(
  binhost: RawBinhost,
  item: ShippedPackage,
  documents: { config: string; manifest: string },
): void {
  const { name, buildHash } = item.manifest;
  binhost.write(`${name}/blobs/${item.blob.digest}`, item.blob.bytes);
  binhost.write(`${name}/blobs/${digestOf(documents.config)}`, documents.config);
  binhost.write(`${name}/manifests/${buildHash}`, documents.manifest);
  binhost.write(`${name}/manifests/${digestOf(documents.manifest)}`, documents.manifest);
}

/** Puts a document into a binhost as the text that it is, with a manifest that leads to it; gives its digest. */
export function shipDocument(
  binhost: RawBinhost,
  kind: 'release' | 'channel',
  text: string,
  name: string = sampleFarm[kind],
): string {
  const digest = digestOf(text);
  binhost.write(`${kind}s/blobs/${digest}`, text);
  binhost.write(
    `${kind}s/manifests/${name}`,
    formatDocumentManifest(kind, name, { digest, size: Buffer.byteLength(text) }),
  );
  return digest;
}

/** The OCI manifest of a document. */
export function formatDocumentManifest(
  kind: 'release' | 'channel',
  name: string,
  blob: { readonly digest: string; readonly size: number },
): string {
  const { manifest } = formatDocumentArtifact(kind, name, {} as Envelope);
  const layers = [{ mediaType: ociTypes.envelope, ...blob }];
  return formatCanonicalJson({ ...JSON.parse(manifest), layers });
}

/** A release of packages, as plain data. */
export function releaseOf(
  items: readonly ShippedPackage[],
): Readonly<Record<string, unknown>> & { readonly type: string } {
  const needsOf = (manifest: PackageManifest) => manifest.dependencies.map(({ storeName }) => storeName);
  const packages = items.map(({ manifest, blob }) => {
    const { name, version, variants, buildHash, license, storeName } = manifest;
    const { digest, size, diffId } = blob;
    const facts = {
      name,
      version,
      variants,
      buildHash,
      digest,
      size,
      diffId,
      license,
      glibc: '2.4',
      relocatable: true,
    };
    return [storeName, { ...facts, needs: needsOf(manifest) }] as const;
  });
  const all = items.map(({ manifest }) => manifest.storeName);
  return {
    type: 'release',
    format: 'binfarm.release/1',
    farm: sampleFarm.farm,
    name: sampleFarm.release,
    created: '2026-01-01T00:00:00.000Z',
    notes: '',
    changes: { added: [], removed: [], updated: [] },
    platforms: {
      [items[0]!.manifest.platform]: { rootLength: 64, sets: { all }, packages: Object.fromEntries(packages) },
    },
  };
}

/** A channel that leads to a release. */
export function channelOf(digest: string): Readonly<Record<string, unknown>> & { readonly type: string } {
  return {
    type: 'channel',
    format: 'binfarm.channel/1',
    farm: sampleFarm.farm,
    name: sampleFarm.channel,
    serial: 3,
    moved: '2026-01-01T00:00:00.000Z',
    release: sampleFarm.release,
    digest,
  };
}
