import { digestOf } from '../../core/digest.ts';
import type { Envelope } from '../../package/sign/envelope.ts';
import type { Binhost, StoredDocument, StoredPackage } from '../binhost.ts';
import { formatDocumentArtifact } from '../document-oci.ts';
import { emptyConfig } from '../oci-types.ts';
import { formatPackageDocuments } from '../package-oci.ts';
import { formatProgramArtifact, type StoredProgram } from '../program-shelf.ts';
import { documentRepository, packageRepository, programRepository } from '../repository-name.ts';
import type { BundlePart } from './write-bundle.ts';

/** The parts of a bundle that a package becomes, its blob last. */
export function partsOfPackage(farm: string, stored: StoredPackage, from: Binhost): readonly BundlePart[] {
  const { name, buildHash, digest, size } = stored;
  const repository = packageRepository(farm, name);
  const documents = formatPackageDocuments({ ...stored, blob: stored, envelope: stored.envelope as Envelope });
  return [
    { key: `v2/${repository}/manifests/${buildHash}`, content: { text: documents.manifest } },
    textBlob(repository, documents.config),
    {
      key: `v2/${repository}/blobs/${digest}`,
      content: { digest, size, name, open: () => from.openBlob(stored) },
    },
  ];
}

/** The parts of a bundle that a signed document becomes. */
export function partsOfDocument(farm: string, { kind, name, envelope }: StoredDocument): readonly BundlePart[] {
  const repository = documentRepository(farm, kind);
  const { blob, manifest } = formatDocumentArtifact(kind, name, envelope as Envelope);
  return [
    { key: `v2/${repository}/manifests/${name}`, content: { text: manifest } },
    ...('text' in blob.content ? [textBlob(repository, blob.content.text)] : []),
    textBlob(repository, emptyConfig.text),
  ];
}

/** The parts of a bundle that a program becomes, its blob first. */
export function partsOfProgram(farm: string, stored: StoredProgram, from: Binhost): readonly BundlePart[] {
  const { system, envelope, blob } = stored;
  const repository = programRepository(farm);
  const artifact = formatProgramArtifact({ system, envelope: envelope as Envelope, blob });
  return [
    {
      key: programKey(farm, stored),
      content: { ...blob, name: `binfarm for ${system}`, open: () => from.programs.openBlob(stored) },
    },
    { key: `v2/${repository}/manifests/${system}`, content: { text: artifact.manifest } },
    textBlob(repository, artifact.envelope.text),
    textBlob(repository, emptyConfig.text),
  ];
}

/** Where a bundle has the blob of a program. */
export function programKey(farm: string, { blob }: StoredProgram): string {
  return `v2/${programRepository(farm)}/blobs/${blob.digest}`;
}

/** Parts without those whose key has come before. */
export function uniqueParts(parts: readonly BundlePart[]): readonly BundlePart[] {
  return [...new Map(parts.toReversed().map((part) => [part.key, part])).values()].toReversed();
}

function textBlob(repository: string, text: string): BundlePart {
  return { key: `v2/${repository}/blobs/${digestOf(text)}`, content: { text } };
}
