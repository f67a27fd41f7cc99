import { damaged, dataMagic, skippableMagic } from './zstd-frame.ts';

/** Which frame is wanted next: one of data with this size of content (or at most `most`), or a skippable one with at most so many bytes. */
export type FrameRequest =
  | { readonly kind: 'data'; readonly size?: number; readonly most: number }
  | { readonly kind: 'skippable'; readonly most: number };

/** One whole zstd frame of a blob. */
export interface Frame {
  /** The frame as it is for one of data; what it carries for a skippable one. Valid until the next `push`. */
  readonly bytes: Buffer;
  /** Where the frame begins in the blob. */
  readonly offset: number;
  /** Where the frame ends in the blob. */
  readonly endOffset: number;
  /** The size of the content that a frame of data states. */
  readonly contentSize: number;
}

/** Cuts a stream of bytes into zstd frames. Node's decoder stops silently after the first one, so they have to be found here. */
export interface FrameReader {
  readonly push: (bytes: Buffer) => void;
  /** The next frame, or undefined when more bytes are needed for it.
   * @throws PACKAGE_DAMAGED when the bytes are no such frame. */
  readonly next: (request: FrameRequest) => Frame | undefined;
  /** How many bytes have been pushed that belong to no frame yet. */
  readonly rest: () => number;
}

/** Starts to cut a stream into frames; holds no more than one frame and one push. */
export function createFrameReader(): FrameReader {
  let buffer = Buffer.alloc(0);
  let start = 0;
  let end = 0;
  let blobOffset = 0;
  // How far the blocks of the frame at `start` have been walked, relative to `start`; 0 when its head has not been read.
  let walked = 0;

  const push = (bytes: Buffer) => {
    if (end + bytes.length > buffer.length) {
      const rest = end - start;
      const target = rest + bytes.length <= buffer.length ? buffer : Buffer.allocUnsafe(2 * (rest + bytes.length));
      buffer.copy(target, 0, start, end);
      buffer = target;
      start = 0;
      end = rest;
    }
    bytes.copy(buffer, end);
    end += bytes.length;
  };

  const take = (length: number, from: number, contentSize: number): Frame => {
    const frame = {
      bytes: buffer.subarray(start + from, start + length),
      offset: blobOffset,
      endOffset: blobOffset + length,
      contentSize,
    };
    start += length;
    blobOffset += length;
    walked = 0;
    return frame;
  };

  const next = (request: FrameRequest): Frame | undefined => {
    const bytes = buffer.subarray(start, end);
    if (bytes.length < longestHead && !headIsWhole(bytes)) return undefined;
    if (request.kind === 'skippable') {
      const length = skippableLength(bytes, request.most);
      return bytes.length < length ? undefined : take(length, 8, 0);
    }
    const head = parseDataHead(bytes);
    checkContentSize(head.contentSize, request);
    const walk = walkBlocks(bytes, walked === 0 ? head.length : walked, largestFrame(head.contentSize));
    walked = walk.walked;
    return walk.done ? take(walk.walked, 0, head.contentSize) : undefined;
  };

  return { push, next, rest: () => end - start };
}

const longestHead = 13;

function headIsWhole(bytes: Buffer): boolean {
  if (bytes.length < 8) return false;
  if (bytes.readUInt32LE(0) !== dataMagic) return true;
  return bytes.length >= 5 + sizeFieldLength(bytes[4]!);
}

function sizeFieldLength(descriptor: number): number {
  return [1, 2, 4, 8][descriptor >> 6]!;
}

/** RFC 8878, section 3.1.1.1, of which a package uses one form: a single segment that states its size, with neither checksum nor dictionary. */
function parseDataHead(bytes: Buffer): { length: number; contentSize: number } {
  if (bytes.readUInt32LE(0) !== dataMagic) throw damaged('compressed data was expected and something else is there');
  const descriptor = bytes[4]!;
  if ((descriptor & 0b0011_1111) !== 0b0010_0000)
    throw damaged('a compressed part has a form that packages do not use');
  const field = sizeFieldLength(descriptor);
  const stated = field === 8 ? Number(bytes.readBigUInt64LE(5)) : bytes.readUIntLE(5, field);
  return { length: 5 + field, contentSize: field === 2 ? stated + 256 : stated };
}

function checkContentSize(size: number, request: FrameRequest & { kind: 'data' }): void {
  if (size === 0 || size > request.most || (request.size !== undefined && size !== request.size)) {
    throw damaged(`a compressed part states ${size} bytes where ${request.size ?? `1 to ${request.most}`} belong`);
  }
}

/** No encoder needs more for a content; the rest of a longer frame would be ballast. */
function largestFrame(contentSize: number): number {
  return contentSize + (contentSize >> 8) + 1024;
}

function walkBlocks(bytes: Buffer, from: number, most: number): { walked: number; done: boolean } {
  let at = from;
  while (at + 3 <= bytes.length) {
    const head = bytes.readUIntLE(at, 3);
    const kind = (head >> 1) & 3;
    if (kind === 3) throw damaged('a compressed part has a block of an unknown kind');
    const length = 3 + (kind === 1 ? 1 : head >> 3);
    if (at + length > most) throw damaged('a compressed part is larger than its content needs');
    if (at + length > bytes.length) break;
    at += length;
    if (head & 1) return { walked: at, done: true };
  }
  return { walked: at, done: false };
}

function skippableLength(bytes: Buffer, most: number): number {
  if (bytes.readUInt32LE(0) !== skippableMagic) throw damaged('its table of contents is missing');
  const length = bytes.readUInt32LE(4);
  if (length > most) throw damaged(`its table of contents has a part of ${length} bytes where at most ${most} belong`);
  return 8 + length;
}
