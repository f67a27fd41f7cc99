import { createHash, type Hash, randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { digestOf } from '../core/digest.ts';
import type { Digest } from '../core/digest-text.ts';
import { FarmError } from '../core/farm-error.ts';
import { translateFileError } from '../core/translate-file-error.ts';
import { syncFolder } from '../core/write-file-atomic.ts';
import type { PackageManifest } from '../model/package-manifest.ts';
import type { LayerFacts } from './archive/check-layer-tail.ts';
import { compressPieces, formatTarSplit, formatToc, type LayerPayload } from './archive/chunked-layer.ts';
import { formatLayerTail } from './archive/layer-footer.ts';
import { createLayerRecorder, type LayerRecorder } from './archive/layer-recorder.ts';
import { type TarFrame, tarFramesOf } from './archive/tar-frames.ts';
import { type TarMember, tarMembersOf } from './archive/tar-member.ts';
import { compressFrame } from './archive/zstd-frame.ts';

/** A blob that was written. */
export interface WrittenPackage extends LayerFacts {
  /** Of the blob. */
  readonly digest: Digest;
  /** Of the blob, in bytes. */
  readonly size: number;
}

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
  const { manifest, manifestBytes, level, time } = request;
  const members = () => tarMembersOf(manifest, manifestBytes.length);
  const recorder = createLayerRecorder();
  const blob: BlobState = { file, hash: createHash('sha256'), size: 0, batch: [], batchSize: 0 };
  await writeFrames(blob, request, recorder);
  const { payloads } = recorder;
  checkUnchanged(manifest, payloads);
  const tarSplit = await compressPieces(formatTarSplit(members(), { payloads, time }), level);
  const tarSplitDigest = digestOf(tarSplit.bytes);
  const toc = await compressPieces(formatToc(members(), { payloads, time, tarSplitDigest }), level);
  const tail = formatLayerTail(blob.size, toc, tarSplit);
  await append(blob, tail.bytes);
  await flush(blob);
  return {
    digest: `sha256:${blob.hash.digest('hex')}` as Digest,
    size: blob.size,
    diffId: recorder.finishDiffId(),
    annotations: tail.annotations,
  };
}

/** The files were read before, for the manifest; what is packed must be the same. The first payload is the manifest. */
function checkUnchanged(manifest: PackageManifest, payloads: readonly LayerPayload[]): void {
  let index = 1;
  for (const entry of manifest.entries) {
    if (entry.type !== 'file' || entry.size === 0 || payloads[index++]?.digest === entry.digest) continue;
    throw new FarmError('PACKAGE_REJECTED', `Cannot pack "${entry.path}": it changed while it was packed`);
  }
}

interface PendingFrame {
  readonly frame: TarFrame;
  readonly content: Buffer;
  readonly compressed: Buffer | Promise<Buffer>;
}

const mostPendingFrames = 4096;
const mostPendingBytes = 32 << 20;

/** Compresses frames on several threads and writes them in order; what waits for an earlier one is bounded. */
async function writeFrames(blob: BlobState, request: WritePackageRequest, recorder: LayerRecorder): Promise<void> {
  const pending: PendingFrame[] = [];
  let pendingBytes = 0;
  const writeFirst = async () => {
    const { frame, content, compressed } = pending.shift() as PendingFrame;
    const bytes = compressed instanceof Promise ? await compressed : compressed;
    recorder.add(frame, content, { offset: blob.size, endOffset: blob.size + bytes.length });
    await append(blob, bytes);
    pendingBytes -= content.length;
  };
  try {
    for (const frame of tarFramesOf(tarMembersOf(request.manifest, request.manifestBytes.length), request.time)) {
      const content = frame.kind === 'headers' ? frame.bytes : contentOf(frame, request);
      pending.push({ frame, content, compressed: compressFrame(content, request.level) });
      pendingBytes += content.length;
      while (pendingBytes > mostPendingBytes || pending.length > mostPendingFrames) await writeFirst();
      while (pending.length > 0 && !(pending[0]?.compressed instanceof Promise)) await writeFirst();
    }
    while (pending.length > 0) await writeFirst();
  } finally {
    await Promise.allSettled(pending.map(({ compressed }) => compressed));
  }
}

function contentOf(frame: TarFrame & { kind: 'payload' }, request: WritePackageRequest): Buffer {
  if (frame.member.entry === undefined) return request.manifestBytes.subarray(frame.offset, frame.offset + frame.size);
  return request.readContent(frame.member, frame.offset, frame.size);
}

interface BlobState {
  readonly file: FileHandle;
  readonly hash: Hash;
  size: number;
  batch: Buffer[];
  batchSize: number;
}

const batchLimit = 1 << 20;

async function append(blob: BlobState, bytes: Buffer): Promise<void> {
  blob.batch.push(bytes);
  blob.batchSize += bytes.length;
  blob.size += bytes.length;
  if (blob.batchSize >= batchLimit) await flush(blob);
}

async function flush(blob: BlobState): Promise<void> {
  const bytes = Buffer.concat(blob.batch, blob.batchSize);
  blob.batch = [];
  blob.batchSize = 0;
  blob.hash.update(bytes);
  await blob.file.writeFile(bytes);
}
