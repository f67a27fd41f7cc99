import { createReadStream } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf, digestOfFile } from '../core/digest.ts';
import type { Digest } from '../core/digest-text.ts';
import { FarmError } from '../core/farm-error.ts';
import { takeFileLock } from '../core/file-lock.ts';
import { removeLeftovers } from '../core/remove-leftovers.ts';
import { translateFileError } from '../core/translate-file-error.ts';
import { syncFolder, writeFileAtomic } from '../core/write-file-atomic.ts';
import { isBuildHash } from '../model/names.ts';
import type { Binhost, PackageReference, PackageUpload, StoredPackage } from './binhost.ts';
import { formatPackageDocuments, parsePackageDocument } from './package-oci.ts';

/** Opens a directory as a binhost, laid out as the OCI distribution API's paths, so that any web server makes it a read-only registry:
 * `v2/<farm>/<package>/manifests/<build hash>` and `v2/<farm>/<package>/blobs/<digest>`. */
export function openDirectoryBinhost(directory: string, farm: string): Binhost {
  const top = join(directory, 'v2', farm);
  const manifestPath = ({ name, buildHash }: PackageReference) => join(top, name, 'manifests', buildHash);
  const blobPath = ({ name, digest }: { name: string; digest: Digest }) => join(top, name, 'blobs', digest);

  const find = async (reference: PackageReference): Promise<StoredPackage | undefined> => {
    const text = await readOrUndefined(manifestPath(reference));
    return text === undefined ? undefined : parsePackageDocument(text, reference, directory);
  };

  const put = async (upload: PackageUpload): Promise<StoredPackage> => {
    const existing = await find(upload);
    if (existing && (await sizeOf(blobPath(existing))) === existing.size) return existing;
    try {
      await writeAlone(join(top, upload.name), async () => {
        await putBlob(upload, blobPath({ name: upload.name, digest: upload.blob.digest }));
        const { config, manifest } = formatPackageDocuments(upload);
        await writeFileAtomic(blobPath({ name: upload.name, digest: digestOf(config) }), config);
        await writeFileAtomic(join(top, upload.name, 'manifests', digestOf(manifest)), manifest);
        await writeFileAtomic(manifestPath(upload), manifest);
      });
    } catch (error) {
      throw translateFileError(error, 'put a package into', directory);
    }
    return (await find(upload))!;
  };

  return {
    location: directory,
    find,
    put,
    blobPath,
    openBlob: (stored) => createReadStream(blobPath(stored), { highWaterMark: 1 << 20 }),
    list: async () => {
      const found: StoredPackage[] = [];
      for (const name of await namesIn(top)) {
        for (const buildHash of await namesIn(join(top, name, 'manifests'))) {
          const stored = isBuildHash(buildHash) ? await find({ name, buildHash }) : undefined;
          if (stored) found.push(stored);
        }
      }
      return found;
    },
  };
}

/** Lets one process at a time write a package's folder, which others may share, and clears it of what a killed one left. */
async function writeAlone(folder: string, write: () => Promise<void>): Promise<void> {
  const parts = ['manifests', 'blobs'].map((name) => join(folder, name));
  for (const part of parts) await mkdir(part, { recursive: true });
  const lock = await takeFileLock(join(folder, '.lock'), { command: 'binfarm build', wait: true });
  try {
    for (const part of parts) await removeLeftovers(part);
    await write();
  } finally {
    await lock.close();
  }
}

/** Puts a blob under its digest, checking what was written; hard links where that is possible. */
async function putBlob(upload: PackageUpload, path: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await rm(temporary, { force: true });
  try {
    await link(upload.blob.path, temporary).catch(() => copyFile(upload.blob.path, temporary));
    const { digest } = await digestOfFile(temporary);
    if (digest !== upload.blob.digest) {
      throw new FarmError('PACKAGE_DAMAGED', `Cannot put package "${upload.name}": its blob changed while it was copied`);
    }
    const file = await open(temporary, 'r');
    await file.sync().finally(() => file.close());
    await rename(temporary, path);
    await syncFolder(join(path, '..'));
  } finally {
    await rm(temporary, { force: true });
  }
}

async function readOrUndefined(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw translateFileError(error, 'read', path);
  });
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}

async function namesIn(path: string): Promise<string[]> {
  return (await readdir(path).catch(() => [])).sort();
}
