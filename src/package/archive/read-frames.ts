import { createHash, type Hash, hash as hashOnce } from 'node:crypto';
import { hexOf } from '../../core/digest-text.ts';
import type { PackageEntry, PackageManifest } from '../../model/package-manifest.ts';
import { manifestLimits } from '../manifest/manifest-schema.ts';
import { parsePackageManifest } from '../manifest/parse-manifest.ts';
import { checkLayerTail, type LayerFacts } from './check-layer-tail.ts';
import type { Frame, FrameRequest } from './frame-reader.ts';
import { createLayerRecorder, type LayerRecorder } from './layer-recorder.ts';
import { chunkSize, type TarFrame, tarFramesOf } from './tar-frames.ts';
import { blockSize } from './tar-header.ts';
import { tarMembersOf } from './tar-member.ts';
import { damaged, decompressFrame } from './zstd-frame.ts';

/** An entry that has content. */
export type FileEntry = PackageEntry & { readonly type: 'file' };

/** What is told of a package while it is read, in its order, as soon as it has been compared with the manifest. */
export interface PackageVisitor {
  readonly manifest?: (manifest: PackageManifest, time: number) => void;
  /** For every entry; the content of a file follows. */
  readonly entry?: (entry: PackageEntry) => void;
  /** A part of a file, at most 4 MiB; the bytes belong to the visitor. The file's digest is checked after its last part. */
  readonly content?: (entry: FileEntry, offset: number, bytes: Buffer, frame: Frame) => void;
}

/** What was learnt by reading a package. */
export interface PackageReading {
  readonly manifest: PackageManifest;
  /** Only from a thorough reading. */
  readonly layer?: LayerFacts;
}

const mostFirstHeaders = 1 << 20;

/** Reads a package: yields which frame it wants next and is given it. The tar must be, byte for byte, the one that follows from its manifest,
 * and each file must have its digest. A thorough reading also compares what follows the tar; any other leaves that unread.
 * @throws PACKAGE_DAMAGED */
export function* readFrames(
  visitor: PackageVisitor,
  thorough: boolean,
): Generator<FrameRequest, PackageReading, Frame> {
  const recorder = thorough ? createLayerRecorder() : undefined;
  const start = yield* readMetadata(recorder);
  const { manifest, manifestSize, time } = start;
  visitor.manifest?.(manifest, time);
  const check = createContentCheck();
  let skip = 1 + Math.ceil(manifestSize / chunkSize);
  let end = start.endOffset;
  for (const planned of tarFramesOf(tarMembersOf(manifest, manifestSize), time)) {
    if (skip-- > 0) continue;
    const size = planned.kind === 'headers' ? planned.bytes.length : planned.size;
    const frame = yield { kind: 'data', size, most: size };
    end = frame.endOffset;
    const content = decompressFrame(frame.bytes, size);
    recorder?.add(planned, content, frame);
    if (planned.kind === 'headers') acceptHeaders(planned, content, visitor);
    else acceptContent(planned, content, frame, visitor, check);
  }
  if (recorder === undefined) return { manifest };
  return { manifest, layer: yield* checkLayerTail({ manifest, manifestSize, time, recorder, offset: end }) };
}

/** What the first frames of a package say. */
export interface PackageStart {
  readonly manifest: PackageManifest;
  readonly manifestSize: number;
  /** The time of every member, in seconds. */
  readonly time: number;
  readonly endOffset: number;
}

/** Reads the first frames only, up to the end of the manifest.
 * @throws PACKAGE_DAMAGED */
export function* readMetadata(recorder?: LayerRecorder): Generator<FrameRequest, PackageStart, Frame> {
  const first = yield { kind: 'data', most: mostFirstHeaders };
  const firstPlace = { offset: first.offset, endOffset: first.endOffset };
  const headers = decompressFrame(first.bytes, first.contentSize);
  const { manifestSize, time } = parseManifestHeader(headers);
  const parts: { bytes: Buffer; offset: number; endOffset: number }[] = [];
  for (let offset = 0; offset < manifestSize; offset += chunkSize) {
    const size = Math.min(chunkSize, manifestSize - offset);
    const frame = yield { kind: 'data', size, most: size };
    parts.push({ bytes: decompressFrame(frame.bytes, size), offset: frame.offset, endOffset: frame.endOffset });
  }
  const manifest = parsePackageManifest(Buffer.concat(parts.map((part) => part.bytes)));
  const frames = tarFramesOf(tarMembersOf(manifest, manifestSize), time);
  const planned = frames.next().value as TarFrame & { kind: 'headers' };
  if (!planned.bytes.equals(headers)) throw damaged('its first headers do not belong to its metadata');
  recorder?.add(planned, headers, firstPlace);
  for (const part of parts) recorder?.add(frames.next().value as TarFrame, part.bytes, part);
  return { manifest, manifestSize, time, endOffset: parts.at(-1)?.endOffset ?? first.endOffset };
}

/** The manifest is the first file, so its header is the last block before the first content. */
function parseManifestHeader(headers: Buffer): { manifestSize: number; time: number } {
  const block = headers.subarray(-blockSize);
  const size = block.toString('latin1', 124, 135);
  const time = block.toString('latin1', 136, 147);
  if (block.length < blockSize || !/^[0-7]{11}$/.test(size) || !/^[0-7]{11}$/.test(time)) {
    throw damaged('it does not begin with the header of its metadata');
  }
  const manifestSize = Number.parseInt(size, 8);
  if (manifestSize === 0 || manifestSize > manifestLimits.bytes) {
    throw damaged(`its metadata states a size of ${manifestSize} bytes`);
  }
  return { manifestSize, time: Number.parseInt(time, 8) };
}

function acceptHeaders(planned: TarFrame & { kind: 'headers' }, content: Buffer, visitor: PackageVisitor): void {
  if (!planned.bytes.equals(content)) throw damaged('its headers are not those of the entries in its metadata');
  for (const { entry } of planned.members) if (entry !== undefined) visitor.entry?.(entry);
}

type ContentCheck = (entry: FileEntry, content: Buffer, offset: number) => void;

function acceptContent(
  planned: TarFrame & { kind: 'payload' },
  content: Buffer,
  frame: Frame,
  visitor: PackageVisitor,
  check: ContentCheck,
): void {
  const entry = planned.member.entry as FileEntry;
  check(entry, content, planned.offset);
  visitor.content?.(entry, planned.offset, content, frame);
}

/** Checks the digest of each file when its last part has come. */
function createContentCheck(): ContentCheck {
  let hash: Hash | undefined;
  return (entry, content, offset) => {
    const last = offset + content.length === entry.size;
    if (!last || offset > 0) {
      if (offset === 0) hash = createHash('sha256');
      hash?.update(content);
    }
    if (!last) return;
    const actual = offset === 0 ? hashOnce('sha256', content, 'hex') : hash?.digest('hex');
    if (actual !== hexOf(entry.digest)) throw damaged(`"${entry.path}" does not have the digest in its metadata`);
  };
}
