import { createHash } from 'node:crypto';
import { digestOf } from '../../core/digest.ts';
import type { Digest } from '../../core/digest-text.ts';
import type { PackageManifest } from '../../model/package-manifest.ts';
import { formatTarSplit, formatToc } from './chunked-layer.ts';
import { decompressPieces } from './decompress-pieces.ts';
import type { Frame, FrameRequest } from './frame-reader.ts';
import { footerSize, formatFooter, type LayerIndex, layerAnnotations } from './layer-footer.ts';
import type { LayerRecorder } from './layer-recorder.ts';
import { tarMembersOf } from './tar-member.ts';
import { damaged } from './zstd-frame.ts';

/** What a descriptor of a package's blob says about it as an OCI layer. */
export interface LayerFacts {
  /** The digest of the uncompressed tar. */
  readonly diffId: Digest;
  /** The annotations by which clients find the table of contents. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** What has been read before the tail. */
export interface ReadLayer {
  readonly manifest: PackageManifest;
  readonly manifestSize: number;
  readonly time: number;
  readonly recorder: LayerRecorder;
  /** Where the tail begins in the blob. */
  readonly offset: number;
}

/** Reads the table of contents, the tar-split and the footer, and compares each with what follows from the frames that were read.
 * @throws PACKAGE_DAMAGED */
export function* checkLayerTail(layer: ReadLayer): Generator<FrameRequest, LayerFacts, Frame> {
  const { payloads } = layer.recorder;
  const members = () => tarMembersOf(layer.manifest, layer.manifestSize);
  const wantedSplit = measure(formatTarSplit(members(), { payloads, time: layer.time }));
  const tocFrame = yield { kind: 'skippable', most: mostToc(layer) };
  const toc = Buffer.from(tocFrame.bytes);
  const splitFrame = yield { kind: 'skippable', most: mostCompressed(wantedSplit.size) };
  const tarSplitDigest = digestOf(splitFrame.bytes);
  const tarSplitSize = splitFrame.bytes.length;
  compareText(splitFrame.bytes, wantedSplit, 'tar-split');
  const wantedToc = measure(formatToc(members(), { payloads, time: layer.time, tarSplitDigest }));
  compareText(toc, wantedToc, 'table of contents');
  const index: LayerIndex = {
    toc: { offset: layer.offset + 8, size: toc.length, rawSize: wantedToc.size },
    tarSplit: { offset: layer.offset + 8 + toc.length + 8, size: tarSplitSize, rawSize: wantedSplit.size },
  };
  const footer = yield { kind: 'skippable', most: footerSize };
  if (!footer.bytes.equals(formatFooter(index))) throw damaged('its footer does not point at its table of contents');
  return { diffId: layer.recorder.finishDiffId(), annotations: layerAnnotations(index, toc) };
}

interface TextMeasure {
  readonly digest: Digest;
  readonly size: number;
}

function measure(pieces: Iterable<string>): TextMeasure {
  const hash = createHash('sha256');
  let size = 0;
  for (const piece of pieces) {
    hash.update(piece);
    size += Buffer.byteLength(piece);
  }
  return { digest: `sha256:${hash.digest('hex')}` as Digest, size };
}

/** More than a table of contents or a tar-split has, of any package within the limits; both are held whole. */
const mostTail = 16 << 20;

/** More than any table of contents of these entries can have. */
function mostToc({ manifest, recorder }: ReadLayer): number {
  const chunks = recorder.payloads.reduce((sum, payload) => sum + payload.chunks.length, 0);
  return Math.min(mostTail, (manifest.entries.length + 256) * (1 << 14) + chunks * (1 << 12));
}

function mostCompressed(rawSize: number): number {
  return Math.min(mostTail, rawSize + (rawSize >> 8) + 1024);
}

function compareText(compressed: Buffer, wanted: TextMeasure, what: string): void {
  const hash = createHash('sha256');
  try {
    decompressPieces(compressed, wanted.size, (piece) => hash.update(piece));
  } catch (error) {
    throw damaged(`its ${what} cannot be decompressed`, error);
  }
  if (`sha256:${hash.digest('hex')}` === wanted.digest) return;
  throw damaged(`its ${what} is not the one that its metadata and files lead to`);
}
