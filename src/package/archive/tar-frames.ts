import { formatTarHeader, paddingOf, tarHeaderSizeOf } from './tar-header.ts';
import type { TarMember } from './tar-member.ts';

/** How many bytes of a file one zstd frame holds at most. */
export const chunkSize = 4 << 20;

const headerFrameSize = 1 << 20;
const endOfArchive = 1024;

/** What one zstd frame of a package decompresses to. */
export type TarFrame = HeaderFrame | PayloadFrame;

/** Padding, headers, the end of the archive; `headerBytesOf` forms it. */
export interface HeaderFrame {
  readonly kind: 'headers';
  readonly size: number;
  /** Zeros that fill the last block of the file before. */
  readonly padding: number;
  /** The members whose headers end in this frame. */
  readonly members: readonly TarMember[];
  readonly isLast: boolean;
}

/** A part of the file whose header came last. */
export interface PayloadFrame {
  readonly kind: 'payload';
  readonly member: TarMember;
  /** Where the part begins in the file. */
  readonly offset: number;
  readonly size: number;
}

/** Cuts a package's tar into what its zstd frames hold: each file alone, in parts of at most 4 MiB; between files, all headers and padding together,
 * in a new frame once there is 1 MiB of them. */
export function* tarFramesOf(members: Iterable<TarMember>): Generator<TarFrame> {
  let named: TarMember[] = [];
  let padding = 0;
  let size = 0;
  const take = (isLast: boolean): TarFrame => {
    const frame: TarFrame = { kind: 'headers', size, padding, members: named, isLast };
    named = [];
    padding = 0;
    size = 0;
    return frame;
  };
  for (const member of members) {
    named.push(member);
    size += tarHeaderSizeOf(member);
    if (member.size === 0 && size < headerFrameSize) continue;
    yield take(false);
    yield* payloadFrames(member);
    padding = paddingOf(member.size);
    size = padding;
  }
  size += endOfArchive;
  yield take(true);
}

/** The bytes of a frame of headers. */
export function headerBytesOf({ padding, members, isLast, size }: HeaderFrame, time: number): Buffer {
  const end = isLast ? [Buffer.alloc(endOfArchive)] : [];
  return Buffer.concat(
    [Buffer.alloc(padding), ...members.map((member) => formatTarHeader(member, time)), ...end],
    size,
  );
}

function* payloadFrames(member: TarMember): Generator<TarFrame> {
  for (let offset = 0; offset < member.size; offset += chunkSize) {
    yield { kind: 'payload', member, offset, size: Math.min(chunkSize, member.size - offset) };
  }
}

/** What stands before each member's content in the tar, for the tar-split: the padding of the one before, and its header; at last the end of the archive. */
export function* tarHeadsOf(
  members: Iterable<TarMember>,
  time: number,
): Generator<{ readonly head: Buffer; readonly member?: TarMember }> {
  let padding = 0;
  for (const member of members) {
    yield { head: Buffer.concat([Buffer.alloc(padding), formatTarHeader(member, time)]), member };
    padding = paddingOf(member.size);
  }
  yield { head: Buffer.alloc(padding + endOfArchive) };
}
