import { createHash, type Hash } from 'node:crypto';
import { digestOf } from '../../core/digest.ts';
import type { Digest } from '../../core/digest-text.ts';
import type { LayerChunk, LayerPayload } from './chunked-layer.ts';
import { type Crc64, crc64Bytes, startCrc64, updateCrc64 } from './crc64.ts';
import type { TarFrame } from './tar-frames.ts';

/** Collects what the table of contents and the tar-split say about the frames of a layer, while it is written or read. */
export interface LayerRecorder {
  /** Takes the next frame: what it decompresses to, and where it lies in the blob. */
  readonly add: (frame: TarFrame, content: Buffer, place: { offset: number; endOffset: number }) => void;
  /** Of all files so far. */
  readonly payloads: readonly LayerPayload[];
  /** The digest of the whole tar; to be asked once, at the end. */
  readonly finishDiffId: () => Digest;
}

interface OpenPayload {
  /** For a file of several parts; a native one for each of thousands of files would fill the memory. */
  readonly hash: Hash | undefined;
  readonly crc: Crc64;
  readonly chunks: LayerChunk[];
}

/** Starts to record a layer. */
export function createLayerRecorder(): LayerRecorder {
  const tar = createHash('sha256');
  const payloads: LayerPayload[] = [];
  let open: OpenPayload | undefined;
  const add: LayerRecorder['add'] = (frame, content, { offset, endOffset }) => {
    tar.update(content);
    if (frame.kind === 'headers') return;
    const whole = frame.size === frame.member.size;
    open ??= { hash: whole ? undefined : createHash('sha256'), crc: startCrc64(), chunks: [] };
    updateCrc64(open.crc, content);
    open.hash?.update(content);
    const digest = digestOf(content);
    open.chunks.push({ offset, endOffset, digest, fileOffset: frame.offset, size: frame.size });
    if (frame.offset + frame.size < frame.member.size) return;
    payloads.push({
      digest: open.hash === undefined ? digest : (`sha256:${open.hash.digest('hex')}` as Digest),
      crc64: crc64Bytes(open.crc),
      chunks: open.chunks,
    });
    open = undefined;
  };
  return { add, payloads, finishDiffId: () => `sha256:${tar.digest('hex')}` as Digest };
}
