import { writevSync } from 'node:fs';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { blockWordOf } from './stored-file.ts';

/** Where the bytes of a file system go: an open file, and the place in it where the file system begins. */
export interface BlockOutput {
  /** A file descriptor. */
  readonly descriptor: number;
  readonly offset: number;
}

/** Takes blocks, compresses several at a time and writes them in the order in which they came. */
export interface BlockWriter {
  /** Takes a block; `written` is told where it went and its word, some time later. Waits while too much is under way. The bytes must stay as they are. */
  readonly add: (content: Buffer, written: (position: number, word: number) => void) => Promise<void>;
  /** Waits for all blocks, and gives the position behind the last. */
  readonly finish: () => Promise<number>;
  /** Waits until nothing is under way any more, whatever becomes of it. */
  readonly abandon: () => Promise<void>;
}

const mostPending = 8 << 20;
const batchLimit = 1 << 20;
const deflateLater = promisify(deflate);

interface PendingBlock {
  readonly content: Buffer;
  readonly compressed: Promise<Buffer>;
  readonly written: (position: number, word: number) => void;
}

/** Starts to write blocks at a position of the file system. */
export function createBlockWriter(output: BlockOutput, options: { start: number; level: number }): BlockWriter {
  const pending: PendingBlock[] = [];
  let pendingBytes = 0;
  let position = options.start;
  let batch: Buffer[] = [];
  let batchSize = 0;

  const flush = () => {
    writeAll(output, batch, position - batchSize);
    batch = [];
    batchSize = 0;
  };
  const writeFirst = async () => {
    const { content, compressed, written } = pending[0] as PendingBlock;
    const result = await compressed;
    pending.shift();
    pendingBytes -= content.length;
    const stored = result.length < content.length ? result : content;
    written(position, blockWordOf(stored, content));
    batch.push(stored);
    batchSize += stored.length;
    position += stored.length;
    if (batchSize >= batchLimit) flush();
  };
  const add: BlockWriter['add'] = async (content, written) => {
    // room for the result in one piece: else each 16 KiB of it are a round through a thread
    const chunkSize = content.length + (content.length >> 10) + 64;
    pending.push({ content, written, compressed: deflateLater(content, { level: options.level, chunkSize }) });
    pendingBytes += content.length;
    while (pendingBytes > mostPending) await writeFirst();
  };
  const finish = async () => {
    while (pending.length > 0) await writeFirst();
    flush();
    return position;
  };
  const abandon = async () => {
    await Promise.allSettled(pending.map(({ compressed }) => compressed));
  };
  return { add, finish, abandon };
}

/** Writes pieces one behind the other at a position of the file system. */
export function writeAll({ descriptor, offset }: BlockOutput, pieces: readonly Buffer[], position: number): void {
  let at = offset + position;
  let rest = pieces.filter(({ length }) => length > 0);
  while (rest.length > 0) {
    let count = writevSync(descriptor, rest.slice(0, 1024), at);
    at += count;
    let whole = 0;
    while (whole < rest.length && count >= rest[whole]!.length) count -= rest[whole++]!.length;
    rest = rest.slice(whole);
    if (count > 0) rest[0] = rest[0]!.subarray(count);
  }
}
