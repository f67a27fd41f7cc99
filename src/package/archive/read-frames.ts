import { createHash, type Hash, hash as hashOnce } from 'node:crypto';
import { hexOf } from '../../core/digest-text.ts';
import type { PackageEntry, PackageManifest } from '../../model/package-manifest.ts';
import { manifestLimits } from '../manifest/manifest-schema.ts';
import { parsePackageManifest, parseTrustedManifest } from '../manifest/parse-manifest.ts';
import { checkLayerTail, type LayerFacts } from './check-layer-tail.ts';
import { createFrameDecoder } from './frame-decoder.ts';
import type { Frame, FrameRequest } from './frame-reader.ts';
import { createLayerRecorder, type LayerRecorder } from './layer-recorder.ts';
import { chunkSize, type HeaderFrame, headerBytesOf, type TarFrame, tarFramesOf } from './tar-frames.ts';
import { blockSize } from './tar-header.ts';
import { tarMembersOf } from './tar-member.ts';
import { damaged, decompressFrame } from './zstd-frame.ts';

/** An entry that has content. */
export type FileEntry = PackageEntry & { readonly type: 'file' };

/** What is told of a package while it is read, in its order, as soon as it has been compared with the manifest. */
export interface PackageVisitor {
  readonly manifest?: (manifest: PackageManifest, start: PackageStart) => void;
  /** For every entry; the content of a file follows. */
  readonly entry?: (entry: PackageEntry) => void;
  /** A part of a file, at most 4 MiB; the bytes are valid until the next part comes. A thorough reading checks the file's digest after its last part. */
  readonly content?: (entry: FileEntry, offset: number, bytes: Buffer, frame: Frame) => void;
}

/** What was learnt by reading a package. */
export interface PackageReading {
  readonly manifest: PackageManifest;
  /** Only from a thorough reading. */
  readonly layer?: LayerFacts;
}

const mostFirstHeaders = 1 << 20;

/** Reads a package thoroughly: yields which frame it wants next and is given it. The tar must be, byte for byte, the one that follows from the manifest,
 * each file must have its digest, and what follows the tar must belong to it.
 * @throws PACKAGE_DAMAGED */
export function* readFrames(visitor: PackageVisitor): Generator<FrameRequest, PackageReading, Frame> {
  const recorder = createLayerRecorder();
  const start = yield* readMetadata(parsePackageManifest, recorder);
  const { manifest, manifestSize, time, endOffset } = start;
  visitor.manifest?.(manifest, start);
  const check = createContentCheck();
  const decode = createFrameDecoder(chunkSize);
  let end = endOffset;
  for (const planned of framesAfterMetadata(manifest, manifestSize)) {
    const frame = yield requestFor(planned);
    end = frame.endOffset;
    const content = decode(frame.bytes, planned.size);
    recorder.add(planned, content, frame);
    if (planned.kind === 'headers') acceptHeaders(planned, { content, time }, visitor);
    else {
      const entry = planned.member.entry as FileEntry;
      check(entry, content, planned.offset);
      visitor.content?.(entry, planned.offset, content, frame);
    }
  }
  return { manifest, layer: yield* checkLayerTail({ manifest, manifestSize, time, recorder, offset: end }) };
}

/** Reads a package whose blob has a digest that is known from something signed and is being checked: takes the files out, and neither compares headers nor computes digests,
 * because the blob's covers all of them.
 * @throws PACKAGE_DAMAGED */
export function* readTrustedFrames(visitor: PackageVisitor): Generator<FrameRequest, PackageReading, Frame> {
  const start = yield* readMetadata(parseTrustedManifest);
  const { manifest, manifestSize } = start;
  visitor.manifest?.(manifest, start);
  const decode = createFrameDecoder(largestChunkOf(manifest));
  for (const planned of framesAfterMetadata(manifest, manifestSize)) {
    const frame = yield requestFor(planned);
    if (planned.kind === 'headers') announceMembers(planned, visitor);
    else {
      const content = decode(frame.bytes, planned.size);
      visitor.content?.(planned.member.entry as FileEntry, planned.offset, content, frame);
    }
  }
  return { manifest };
}

function largestChunkOf({ entries }: PackageManifest): number {
  const sizes = entries.map((entry) => (entry.type === 'file' ? entry.size : 0));
  return Math.min(
    chunkSize,
    sizes.reduce((most, size) => Math.max(most, size), 1),
  );
}

function* framesAfterMetadata(manifest: PackageManifest, manifestSize: number): Generator<TarFrame> {
  let skip = 1 + Math.ceil(manifestSize / chunkSize);
  for (const planned of tarFramesOf(tarMembersOf(manifest, manifestSize))) if (skip-- <= 0) yield planned;
}

function requestFor({ size }: TarFrame): FrameRequest {
  return { kind: 'data', size, most: size };
}

/** What the first frames of a package say. */
export interface PackageStart {
  readonly manifest: PackageManifest;
  /** The manifest as it is in the package. */
  readonly bytes: Buffer;
  readonly manifestSize: number;
  /** The time of every member, in seconds. */
  readonly time: number;
  readonly endOffset: number;
}

/** Reads the first frames only, up to the end of the manifest.
 * @throws PACKAGE_DAMAGED */
export function* readMetadata(
  parse: (bytes: Buffer) => PackageManifest,
  recorder?: LayerRecorder,
): Generator<FrameRequest, PackageStart, Frame> {
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
  const bytes = Buffer.concat(parts.map((part) => part.bytes));
  const manifest = parse(bytes);
  const frames = tarFramesOf(tarMembersOf(manifest, manifestSize));
  const planned = frames.next().value as HeaderFrame;
  if (!headerBytesOf(planned, time).equals(headers)) throw damaged('its first headers do not belong to its metadata');
  recorder?.add(planned, headers, firstPlace);
  for (const part of parts) recorder?.add(frames.next().value as TarFrame, part.bytes, part);
  return { manifest, bytes, manifestSize, time, endOffset: parts.at(-1)?.endOffset ?? first.endOffset };
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

function acceptHeaders(
  planned: HeaderFrame,
  { content, time }: { readonly content: Buffer; readonly time: number },
  visitor: PackageVisitor,
): void {
  if (!headerBytesOf(planned, time).equals(content)) {
    throw damaged('its headers are not those of the entries in its metadata');
  }
  announceMembers(planned, visitor);
}

function announceMembers({ members }: HeaderFrame, visitor: PackageVisitor): void {
  for (const { entry } of members) if (entry !== undefined) visitor.entry?.(entry);
}

type ContentCheck = (entry: FileEntry, content: Buffer, offset: number) => void;

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
