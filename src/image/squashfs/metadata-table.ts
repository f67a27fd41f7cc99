import { deflateSync } from 'node:zlib';

/** How many bytes of a table are compressed together. */
export const metadataSize = 8192;

const storedRaw = 0x8000;
const level = 9;

/** Where something lies in a table: the compressed block, in bytes from the beginning of the table, and the place in the block's content. */
export interface MetadataPlace {
  readonly block: number;
  readonly offset: number;
}

/** A table of inodes, folders, fragments or owners under way: its bytes are cut into blocks of 8 KiB, each compressed on its own. */
export interface MetadataTable {
  /** Where the next bytes will lie. */
  readonly place: () => MetadataPlace;
  readonly append: (bytes: Buffer) => void;
  /** Ends the table: its bytes, and where each block begins in them. */
  readonly finish: () => { readonly bytes: Buffer; readonly blocks: readonly number[] };
}

/** Starts a table. */
export function createMetadataTable(): MetadataTable {
  const done: Buffer[] = [];
  const blocks: number[] = [];
  const open = Buffer.allocUnsafe(metadataSize);
  let filled = 0;
  let size = 0;
  const flush = () => {
    blocks.push(size);
    const block = formatMetadataBlock(open.subarray(0, filled));
    done.push(block);
    size += block.length;
    filled = 0;
  };
  const append = (bytes: Buffer) => {
    for (let at = 0; at < bytes.length; ) {
      const count = bytes.copy(open, filled, at);
      at += count;
      filled += count;
      if (filled === metadataSize) flush();
    }
  };
  const finish = () => {
    if (filled > 0) flush();
    return { bytes: Buffer.concat(done), blocks };
  };
  return { place: () => ({ block: size, offset: filled }), append, finish };
}

/** A block with its length before it; stored as it is when compressing does not make it smaller. */
function formatMetadataBlock(content: Buffer): Buffer {
  const compressed = deflateSync(content, { level });
  const isSmaller = compressed.length < content.length;
  const head = Buffer.alloc(2);
  head.writeUInt16LE(isSmaller ? compressed.length : content.length | storedRaw);
  return Buffer.concat([head, isSmaller ? compressed : content]);
}

/** Formats a table that is found by an index of where its blocks lie: the blocks, and then the index.
 * @param start where the table begins in the file system
 * @returns `index` is where the index begins */
export function formatIndexedTable(content: Buffer, start: number): { readonly bytes: Buffer; readonly index: number } {
  const table = createMetadataTable();
  table.append(content);
  const { bytes, blocks } = table.finish();
  const index = Buffer.alloc(blocks.length * 8);
  for (const [at, block] of blocks.entries()) index.writeBigUInt64LE(BigInt(start + block), at * 8);
  return { bytes: Buffer.concat([bytes, index]), index: start + bytes.length };
}
