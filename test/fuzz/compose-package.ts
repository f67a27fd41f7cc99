import { createHash } from 'node:crypto';
import { digestOf } from '../../src/core/digest.ts';
import type { Digest } from '../../src/core/digest-text.ts';
import { formatCanonicalJson } from '../../src/core/json.ts';
import type { PackageManifest } from '../../src/model/package-manifest.ts';
import { compressPieces, formatTarSplit, formatToc } from '../../src/package/archive/chunked-layer.ts';
import { formatLayerTail } from '../../src/package/archive/layer-footer.ts';
import { createLayerRecorder } from '../../src/package/archive/layer-recorder.ts';
import { headerBytesOf, type PayloadFrame, type TarFrame, tarFramesOf } from '../../src/package/archive/tar-frames.ts';
import { packageTime } from '../../src/package/archive/tar-header.ts';
import { tarMembersOf } from '../../src/package/archive/tar-member.ts';
import { compressFrame } from '../../src/package/archive/zstd-frame.ts';

/** One frame of a package that is being put together: what it decompresses to, and, where that is told, the bytes that stand for it. */
export interface DraftFrame {
  readonly planned: TarFrame;
  readonly content: Buffer;
  readonly raw?: Buffer;
}

/** What follows the frames. */
export interface DraftTail {
  readonly toc: string;
  readonly tarSplit: string;
}

/** A package as a hostile writer makes it: every part follows from the manifest unless it is told otherwise, so that a lie in one place is the only one. */
export interface PackageDesign {
  /** May break every rule. */
  readonly manifest: PackageManifest;
  /** What the tar follows from, where none can follow from the manifest. */
  readonly tarOf?: PackageManifest;
  /** What the package holds as its manifest; its canonical form when absent. */
  readonly manifestBytes?: Buffer;
  /** What the files hold, by path. */
  readonly contents: ReadonlyMap<string, Buffer>;
  readonly frames?: (frames: readonly DraftFrame[]) => readonly DraftFrame[];
  readonly tail?: (tail: DraftTail) => DraftTail;
  /** The last step: the frames and the tail, as they would be stored. */
  readonly bytes?: (frames: Buffer, tail: Buffer) => Buffer;
}

/** A blob, and what an honest signature over it would say. */
export interface ComposedPackage {
  readonly bytes: Buffer;
  readonly digest: Digest;
  readonly size: number;
  readonly diffId: Digest;
  readonly annotations: Readonly<Record<string, string>>;
}

const mostFrames = 64;

/** Puts a package together, with digests, table of contents, tar-split and footer that fit it. */
export async function composePackage(design: PackageDesign): Promise<ComposedPackage> {
  const manifestBytes = design.manifestBytes ?? Buffer.from(formatCanonicalJson(design.manifest));
  const planned = planFrames(design, manifestBytes);
  const frames = design.frames?.(planned) ?? planned;
  const recorder = createLayerRecorder();
  const tar = createHash('sha256');
  const parts: Buffer[] = [];
  let offset = 0;
  for (const { planned: frame, content, raw } of frames) {
    const bytes = raw ?? (await compressFrame(content, 1));
    recorder.add(frame, content, { offset, endOffset: offset + bytes.length });
    tar.update(content);
    parts.push(bytes);
    offset += bytes.length;
  }
  const tail = await composeTail(design, manifestBytes.length, { payloads: recorder.payloads, offset });
  const body = Buffer.concat(parts);
  const bytes = design.bytes?.(body, tail.bytes) ?? Buffer.concat([body, tail.bytes]);
  const diffId = `sha256:${tar.digest('hex')}` as Digest;
  return { bytes, digest: digestOf(bytes), size: bytes.length, diffId, annotations: tail.annotations };
}

function planFrames(design: PackageDesign, manifestBytes: Buffer): DraftFrame[] {
  const frames: DraftFrame[] = [];
  for (const planned of tarFramesOf(tarMembersOf(design.tarOf ?? design.manifest, manifestBytes.length))) {
    const isHeaders = planned.kind === 'headers';
    const content = isHeaders ? headerBytesOf(planned, packageTime) : contentOf(planned, design, manifestBytes);
    frames.push({ planned, content });
    if (frames.length >= mostFrames) break; // of a file that claims to be endless, a part is enough
  }
  return frames;
}

function contentOf(planned: PayloadFrame, design: PackageDesign, manifestBytes: Buffer): Buffer {
  const { entry } = planned.member;
  const whole = entry === undefined ? manifestBytes : (design.contents.get(entry.path) ?? Buffer.alloc(0));
  const part = Buffer.alloc(Math.min(planned.size, 1 << 23));
  if (planned.offset < whole.length) whole.copy(part, 0, planned.offset, planned.offset + planned.size);
  return part;
}

async function composeTail(
  design: PackageDesign,
  manifestSize: number,
  read: { readonly payloads: Parameters<typeof formatTarSplit>[1]['payloads']; readonly offset: number },
) {
  const members = () => tarMembersOf(design.tarOf ?? design.manifest, manifestSize);
  const layer = { payloads: read.payloads, time: packageTime };
  const plainSplit = [...formatTarSplit(members(), layer)].join('');
  const placeholder = digestOf('') as Digest;
  const plainToc = [...formatToc(members(), { ...layer, tarSplitDigest: placeholder })].join('');
  const told = design.tail?.({ toc: plainToc, tarSplit: plainSplit }) ?? { toc: plainToc, tarSplit: plainSplit };
  const tarSplit = await compressPieces([told.tarSplit], 1);
  const toc = await compressPieces([told.toc.replace(placeholder, digestOf(tarSplit.bytes))], 1);
  return formatLayerTail(read.offset, toc, tarSplit);
}
