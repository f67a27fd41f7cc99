import { digestOf, digestOfFile } from '../core/digest.ts';
import { FarmError, isFarmError } from '../core/farm-error.ts';
import type { Envelope } from '../package/sign/envelope.ts';
import type { Binhost, PackageReference, PackageUpload, StoredPackage } from './binhost.ts';
import type { BlobSource, Depot } from './depot.ts';
import { ociTypes } from './oci-types.ts';
import { formatPackageDocuments, type PackageFacts, parsePackageDocument } from './package-oci.ts';
import { refuseReadOnly } from './refuse-read-only.ts';

/** The part of a binhost that finds, puts and removes packages. */
export interface PackageShelf extends Pick<Binhost, 'find' | 'put' | 'remove' | 'adopt'> {
  /** As `find`; a damaged package is none. */
  readonly findUndamaged: (reference: PackageReference) => Promise<StoredPackage | undefined>;
}

/** Makes the part of a binhost that deals with packages. */
export function createPackageShelf(depot: Depot, repositoryOf: (name: string) => string): PackageShelf {
  const { location, mountBlob } = depot;

  const find = async (reference: PackageReference): Promise<StoredPackage | undefined> => {
    const text = await depot.readManifest(repositoryOf(reference.name), reference.buildHash);
    return text === undefined ? undefined : parsePackageDocument(text, reference, location);
  };

  const adopt = async (stored: StoredPackage, from: Binhost): Promise<StoredPackage | undefined> => {
    if (mountBlob === undefined || from.registry === undefined || from.registry.address !== depot.registry?.address)
      return undefined;
    refuseReadOnly(depot, `put package "${stored.name}" into`);
    const repository = repositoryOf(stored.name);
    const mounted = await mountBlob(repository, stored.digest, from.registry.repositoryOf(stored.name));
    if (!mounted) return undefined;
    const facts = { ...stored, blob: stored, envelope: stored.envelope as Envelope };
    return await depot.exclusively(repository, () => putPackage(depot, repository, facts));
  };

  return {
    find,
    findUndamaged: (reference) =>
      find(reference).catch((error) => {
        if (isFarmError(error, 'PACKAGE_DAMAGED')) return undefined;
        throw error;
      }),
    put: async (upload: PackageUpload) => {
      refuseReadOnly(depot, `put package "${upload.name}" into`);
      const repository = repositoryOf(upload.name);
      const { path, digest, size, isVerified = false } = upload.blob;
      return await depot.exclusively(repository, async () => {
        await depot.sweep(repository, { remove: true });
        return await putPackage(depot, repository, upload, { digest, size, content: { path, isVerified } });
      });
    },
    remove: async (reference) => {
      refuseReadOnly(depot, `remove package "${reference.name}" from`);
      const repository = repositoryOf(reference.name);
      return await depot.exclusively(repository, () => removePackage(depot, repository, reference));
    },
    ...(mountBlob === undefined ? {} : { adopt }),
  };
}

/** Writes what is missing of a package, the reference to it last. Without a blob, that is there already. */
async function putPackage(
  depot: Depot,
  repository: string,
  facts: PackageFacts,
  blob?: BlobSource,
): Promise<StoredPackage> {
  const before = await depot.readManifest(repository, facts.buildHash);
  const existing = before === undefined ? undefined : parseOrUndefined(before, facts, depot.location);
  if (existing !== undefined) await removeDamaged(depot, repository, existing);
  if (existing !== undefined && (await isWhole(depot, repository, existing))) return existing;
  const { config, manifest } = formatPackageDocuments(facts);
  const configBlob = { digest: digestOf(config), size: Buffer.byteLength(config), content: { text: config } };
  await Promise.all(
    (blob === undefined ? [configBlob] : [blob, configBlob]).map((item) => depot.writeBlob(repository, item)),
  );
  const source = { mediaType: ociTypes.manifest, text: manifest };
  await depot.writeManifest(repository, facts.buildHash, source, before === undefined ? undefined : digestOf(before));
  // Whether this process has written it or, in this moment, another one: it must be there and whole now.
  const after = await depot.readManifest(repository, facts.buildHash);
  const stored = after === undefined ? undefined : parseOrUndefined(after, facts, depot.location);
  if (stored !== undefined && (await isWhole(depot, repository, stored))) return stored;
  throw new FarmError(
    'BINHOST_UNAVAILABLE',
    `Cannot put package "${facts.name}" into "${depot.location}": it did not keep what it was sent`,
  );
}

async function removePackage(depot: Depot, repository: string, reference: PackageReference): Promise<boolean> {
  const text = await depot.readManifest(repository, reference.buildHash);
  if (text === undefined) return false;
  const stored = parseOrUndefined(text, reference, depot.location);
  await depot.removeManifest(repository, reference.buildHash);
  // Both have the build hash in them, so no other package of the repository refers to them.
  for (const digest of stored === undefined ? [] : [stored.digest, stored.config.digest])
    await depot.removeBlob(repository, digest);
  return true;
}

/** Removes the blobs of a package that are not what their digests say, where they are files of this machine; other places check what they take in. */
async function removeDamaged(depot: Depot, repository: string, stored: StoredPackage): Promise<void> {
  for (const { digest, size } of [stored, stored.config]) {
    const path = depot.blobPath?.(repository, digest);
    if (path === undefined || (await depot.sizeOfBlob(repository, digest)) !== size) continue;
    if ((await digestOfFile(path)).digest !== digest) await depot.removeBlob(repository, digest);
  }
}

async function isWhole(depot: Depot, repository: string, stored: StoredPackage): Promise<boolean> {
  for (const { digest, size } of [stored, stored.config]) {
    if ((await depot.sizeOfBlob(repository, digest)) !== size) return false;
  }
  return true;
}

function parseOrUndefined(text: string, reference: PackageReference, location: string): StoredPackage | undefined {
  try {
    return parsePackageDocument(text, reference, location);
  } catch (error) {
    if (isFarmError(error, 'PACKAGE_DAMAGED')) return undefined;
    throw error;
  }
}
