import { createHash, hash } from 'node:crypto';
import { type Digest, hexOf } from '../../core/digest-text.ts';
import { FarmError } from '../../core/farm-error.ts';
import type { RootFile } from '../root-tree.ts';
import { type BlockOutput, createBlockWriter } from './block-writer.ts';
import { emptyFile, type StoredFile } from './stored-file.ts';
import { dataBlockSize, noFragment } from './superblock.ts';

/** Stores the contents of files: each equal content once, small files together in fragments, zeros not at all. */
export interface ContentWriter {
  /** Stores a file; where its blocks lie is known when the writer has finished.
   * @throws ARCHIVE_INVALID when its content has not the size that it states */
  readonly add: (file: RootFile) => Promise<StoredFile>;
  readonly finish: () => Promise<StoredContents>;
  /** To be called whatever happens: waits until nothing is under way any more. */
  readonly close: () => Promise<void>;
}

/** What was stored of all files. */
export interface StoredContents {
  /** The position behind the last block. */
  readonly end: number;
  readonly fragments: readonly Fragment[];
}

/** A block of small files. */
export interface Fragment {
  readonly position: number;
  readonly word: number;
}

/** A file whose blocks are being stored. */
type LargeFile = StoredFile & { readonly blocks: number[] };

const zeros = Buffer.alloc(dataBlockSize);

/** Starts to store contents at a position of the file system. */
export function createContentWriter(output: BlockOutput, options: { start: number; level: number }): ContentWriter {
  const blocks = createBlockWriter(output, options);
  /** By the sha256 that was computed here, never by one that somebody states. */
  const known = new Map<string, StoredFile>();
  const fragments: Fragment[] = [];
  let open = Buffer.allocUnsafeSlow(dataBlockSize);
  let filled = 0;
  let fragmentCount = 0;

  const flushFragment = async () => {
    if (filled === 0) return;
    const index = fragmentCount++;
    const content = open.subarray(0, filled);
    open = Buffer.allocUnsafeSlow(dataBlockSize);
    filled = 0;
    await blocks.add(content, (position, word) => {
      fragments[index] = { position, word };
    });
  };
  const addSmall = async (content: Buffer): Promise<StoredFile> => {
    if (filled + content.length > dataBlockSize) await flushFragment();
    const fragmentOffset = filled;
    content.copy(open, filled);
    filled += content.length;
    return { ...emptyFile, size: content.length, fragment: fragmentCount, fragmentOffset };
  };
  const addBlock = async (file: LargeFile, content: Buffer): Promise<void> => {
    const index = file.blocks.push(0) - 1;
    if (content.equals(zeros.subarray(0, content.length))) {
      file.holes += content.length;
      return;
    }
    await blocks.add(content, (position, word) => {
      file.blocks[index] = word;
      if (file.start === 0) file.start = position;
    });
  };
  const addWhole = async (content: Buffer): Promise<StoredFile> => {
    if (content.length < dataBlockSize) return await addSmall(content);
    const stored = blankFile(content.length);
    for (let at = 0; at < content.length; at += dataBlockSize) {
      await addBlock(stored, content.subarray(at, at + dataBlockSize));
    }
    return stored;
  };
  const addLarge = async (file: RootFile, parts: AsyncIterable<Buffer>): Promise<[string, StoredFile]> => {
    const sha256 = createHash('sha256');
    const stored = blankFile(file.size);
    let size = 0;
    for await (const block of cutBlocks(parts)) {
      size += block.length;
      if (size > file.size) break;
      sha256.update(block);
      await addBlock(stored, block);
    }
    checkSize(file, size);
    return [sha256.digest('binary'), stored];
  };

  const add = async (file: RootFile): Promise<StoredFile> => {
    const stated = file.digest === undefined ? undefined : known.get(keyOf(file.digest));
    if (stated?.size === file.size) return stated;
    if (!Buffer.isBuffer(file.content) && file.size >= dataBlockSize) {
      const [sha256, stored] = await addLarge(file, file.content());
      known.set(sha256, stored);
      return stored;
    }
    const content = Buffer.isBuffer(file.content) ? file.content : await readSmall(file, file.content());
    checkSize(file, content.length);
    if (content.length === 0) return emptyFile;
    const sha256 = hash('sha256', content, 'binary');
    const stored = known.get(sha256) ?? (await addWhole(content));
    known.set(sha256, stored);
    return stored;
  };
  const finish = async () => {
    await flushFragment();
    return { end: await blocks.finish(), fragments };
  };
  return { add, finish, close: blocks.abandon };
}

/** Half the characters of the hexadecimal form, for there is one of each content. */
function keyOf(digest: Digest): string {
  return Buffer.from(hexOf(digest), 'hex').toString('latin1');
}

function blankFile(size: number): LargeFile {
  return { size, start: 0, blocks: [], holes: 0, fragment: noFragment, fragmentOffset: 0 };
}

async function readSmall(file: RootFile, parts: AsyncIterable<Buffer>): Promise<Buffer> {
  const read: Buffer[] = [];
  let size = 0;
  for await (const part of parts) {
    size += part.length;
    if (size > file.size) break;
    read.push(part);
  }
  checkSize(file, size);
  return read.length === 1 ? (read[0] as Buffer) : Buffer.concat(read);
}

/** Cuts a content into blocks, without copying what already is one. */
async function* cutBlocks(parts: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let open: Buffer | undefined;
  let filled = 0;
  for await (const part of parts) {
    for (let at = 0; at < part.length; ) {
      if (open === undefined && part.length - at >= dataBlockSize) {
        yield part.subarray(at, at + dataBlockSize);
        at += dataBlockSize;
        continue;
      }
      open ??= Buffer.allocUnsafeSlow(dataBlockSize);
      const count = part.copy(open, filled, at);
      at += count;
      filled += count;
      if (filled < dataBlockSize) continue;
      yield open;
      open = undefined;
      filled = 0;
    }
  }
  if (open !== undefined) yield open.subarray(0, filled);
}

function checkSize({ path, size }: RootFile, actual: number): void {
  if (actual === size) return;
  const state = actual > size ? 'it has more' : `it has ${actual}`;
  throw new FarmError('ARCHIVE_INVALID', `Cannot store "${path}": ${state} bytes instead of ${size}`);
}
