import { formatTarHeader, paddingOf } from './tar-header.ts';
import type { TarMember } from './tar-member.ts';

/** How many bytes of a file one zstd frame holds at most. */
export const chunkSize = 4 << 20;

const headerFrameSize = 1 << 20;
const endOfArchive = 1024;

/** What one zstd frame of a package decompresses to. */
export type TarFrame =
  | {
      /** Padding, headers, the end of the archive. */
      readonly kind: 'headers';
      readonly bytes: Buffer;
      /** The members whose headers end in this frame. */
      readonly members: readonly TarMember[];
    }
  | {
      /** A part of the file whose header came last. */
      readonly kind: 'payload';
      readonly member: TarMember;
      /** Where the part begins in the file. */
      readonly offset: number;
      readonly size: number;
    };

/** Cuts a package's tar into what its zstd frames hold: each file alone, in parts of at most 4 MiB; between files, all headers and padding together,
 * in a new frame once there is 1 MiB of them. */
export function* tarFramesOf(members: Iterable<TarMember>, time: number): Generator<TarFrame> {
  let parts: Buffer[] = [];
  let bytes = 0;
  let named: TarMember[] = [];
  const add = (part: Buffer) => {
    parts.push(part);
    bytes += part.length;
  };
  const take = (): TarFrame => {
    const frame: TarFrame = { kind: 'headers', bytes: Buffer.concat(parts, bytes), members: named };
    parts = [];
    bytes = 0;
    named = [];
    return frame;
  };
  for (const member of members) {
    add(formatTarHeader(member, time));
    named.push(member);
    if (member.size === 0 && bytes < headerFrameSize) continue;
    yield take();
    yield* payloadFrames(member);
    add(Buffer.alloc(paddingOf(member.size)));
  }
  add(Buffer.alloc(endOfArchive));
  yield take();
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
