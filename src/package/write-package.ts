import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FarmError } from '../core/farm-error.ts';
import { translateFileError } from '../core/translate-file-error.ts';
import { syncFolder } from '../core/write-file-atomic.ts';
import type { PackageManifest } from '../model/package-manifest.ts';
import type { LayerPayload } from './archive/chunked-layer.ts';
import type { PayloadFrame } from './archive/tar-frames.ts';
import { type TarMember, tarMembersOf } from './archive/tar-member.ts';
import { openLayerWriter, type WrittenLayer, writeMembers } from './archive/write-layer.ts';

/** A blob that was written. */
export type WrittenPackage = WrittenLayer;

/** What is written, and how. */
export interface WritePackageRequest {
  readonly manifest: PackageManifest;
  /** The manifest as the package holds it. */
  readonly manifestBytes: Buffer;
  /** Gives a part of a file as it is packed. */
  readonly readContent: (member: TarMember, offset: number, size: number) => Buffer;
  readonly output: string;
  readonly level: number;
  /** Of every member, in seconds. */
  readonly time: number;
}

/** Writes the blob of a package; it appears under its name only when it is whole and on the disk.
 * @throws DISK_FULL, PERMISSION_DENIED */
export async function writePackage(request: WritePackageRequest): Promise<WrittenPackage> {
  const temporary = `${request.output}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o644);
    try {
      const written = await writeBlob(file, request);
      await file.sync();
      await rename(temporary, request.output);
      await syncFolder(dirname(request.output));
      return written;
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(temporary, { force: true });
    throw translateFileError(error, 'write', request.output);
  }
}

async function writeBlob(file: FileHandle, request: WritePackageRequest): Promise<WrittenPackage> {
  const { manifest, manifestBytes } = request;
  const members = () => tarMembersOf(manifest, manifestBytes.length);
  const writer = openLayerWriter(file, request);
  await writeMembers(writer, members(), { ...request, readContent: (frame) => contentOf(frame, request) });
  checkUnchanged(manifest, writer.payloads);
  return await writer.finish(members);
}

/** The files were read before, for the manifest; what is packed must be the same. The first payload is the manifest. */
function checkUnchanged(manifest: PackageManifest, payloads: readonly LayerPayload[]): void {
  let index = 1;
  for (const entry of manifest.entries) {
    if (entry.type !== 'file' || entry.size === 0 || payloads[index++]?.digest === entry.digest) continue;
    throw new FarmError('PACKAGE_REJECTED', `Cannot pack "${entry.path}": it changed while it was packed`);
  }
}

function contentOf(frame: PayloadFrame, request: WritePackageRequest): Buffer {
  if (frame.member.entry === undefined) return request.manifestBytes.subarray(frame.offset, frame.offset + frame.size);
  return request.readContent(frame.member, frame.offset, frame.size);
}
