import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { digestOf } from '../../core/digest.ts';
import type { Digest } from '../../core/digest-text.ts';
import type { LayerFacts } from './check-layer-tail.ts';
import { compressPieces, formatTarSplit, formatToc, type LayerPayload } from './chunked-layer.ts';
import { formatLayerTail } from './layer-footer.ts';
import { createLayerRecorder } from './layer-recorder.ts';
import { headerBytesOf, type PayloadFrame, type TarFrame, tarFramesOf } from './tar-frames.ts';
import type { TarMember } from './tar-member.ts';
import { compressFrame } from './zstd-frame.ts';

/** A zstd:chunked layer that was written. */
export interface WrittenLayer extends LayerFacts {
  /** Of the blob. */
  readonly digest: Digest;
  /** Of the blob, in bytes. */
  readonly size: number;
}

/** How a layer is written. */
export interface LayerStyle {
  /** Of zstd. */
  readonly level: number;
  /** Of every member, in seconds. */
  readonly time: number;
}

/** A zstd:chunked layer that is being written to a file, frame by frame; the frames together are one tar. */
export interface LayerWriter {
  /** Adds a frame that is compressed already: `content` is what it decompresses to. */
  readonly add: (frame: TarFrame, content: Buffer, compressed: Buffer) => Promise<void>;
  /** Of the files so far. */
  readonly payloads: readonly LayerPayload[];
  /** Adds the table of contents, the tar-split and the footer, of all members in the order of the tar. */
  readonly finish: (members: () => Iterable<TarMember>) => Promise<WrittenLayer>;
}

/** Starts to write a layer to a file that is open and empty. */
export function openLayerWriter(file: FileHandle, { level, time }: LayerStyle): LayerWriter {
  const recorder = createLayerRecorder();
  const { payloads } = recorder;
  const blob: BlobState = { file, hash: createHash('sha256'), size: 0, batch: [], batchSize: 0 };
  return {
    payloads,
    add: async (frame, content, compressed) => {
      recorder.add(frame, content, { offset: blob.size, endOffset: blob.size + compressed.length });
      await append(blob, compressed);
    },
    finish: async (members) => {
      const tarSplit = await compressPieces(formatTarSplit(members(), { payloads, time }), level);
      const tarSplitDigest = digestOf(tarSplit.bytes);
      const toc = await compressPieces(formatToc(members(), { payloads, time, tarSplitDigest }), level);
      const tail = formatLayerTail(blob.size, toc, tarSplit);
      await append(blob, tail.bytes);
      await flush(blob);
      const digest = `sha256:${blob.hash.digest('hex')}` as Digest;
      return { digest, size: blob.size, diffId: recorder.finishDiffId(), annotations: tail.annotations };
    },
  };
}

interface PendingFrame {
  readonly frame: TarFrame;
  readonly content: Buffer;
  readonly compressed: Buffer | Promise<Buffer>;
}

const mostPendingFrames = 4096;
const mostPendingBytes = 32 << 20;

/** Writes members with their contents to a layer, compressing on several threads; what waits for an earlier frame is bounded. */
export async function writeMembers(
  writer: LayerWriter,
  members: Iterable<TarMember>,
  options: LayerStyle & { readonly readContent: (frame: PayloadFrame) => Buffer },
): Promise<void> {
  const { level, time, readContent } = options;
  const pending: PendingFrame[] = [];
  let pendingBytes = 0;
  const writeFirst = async () => {
    const { frame, content, compressed } = pending.shift() as PendingFrame;
    await writer.add(frame, content, compressed instanceof Promise ? await compressed : compressed);
    pendingBytes -= content.length;
  };
  try {
    for (const frame of tarFramesOf(members)) {
      const content = frame.kind === 'headers' ? headerBytesOf(frame, time) : readContent(frame);
      pending.push({ frame, content, compressed: compressFrame(content, level) });
      pendingBytes += content.length;
      while (pendingBytes > mostPendingBytes || pending.length > mostPendingFrames) await writeFirst();
      while (pending.length > 0 && !(pending[0]?.compressed instanceof Promise)) await writeFirst();
    }
    while (pending.length > 0) await writeFirst();
  } finally {
    await Promise.allSettled(pending.map(({ compressed }) => compressed));
  }
}

interface BlobState {
  readonly file: FileHandle;
  readonly hash: ReturnType<typeof createHash>;
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
