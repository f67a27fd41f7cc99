import { createHash, hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { FarmError } from '../../core/farm-error.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { type ContentPart, type PackedContent, packParts } from '../catalog/node.ts';
import { objectNameOf } from '../format/content-hash.ts';
import type { ObjectDraft } from '../store/put-objects.ts';
import { createCutFinder } from './find-cut.ts';

/** A content that is stored. */
export interface StoredContent {
  /** SHA-256 of the content as it is read. */
  readonly digest: Uint8Array;
  readonly size: number;
  readonly content: PackedContent;
}

/** What storing needs. */
export interface ContentStorage {
  /** The objects that have a content, if it is there already. */
  readonly known: (digest: Uint8Array) => PackedContent | undefined;
  readonly put: (draft: ObjectDraft) => void;
}

/** Files up to this size are one object. */
export const wholeFileLimit: number = 4 << 20;

const blockSize = 1 << 20;

/** Stores a content that is held in memory as one object. */
export function storeWhole(bytes: Uint8Array, { known, put }: ContentStorage): StoredContent {
  const digest = hash('sha256', bytes, 'buffer');
  const there = known(digest);
  if (there !== undefined) return { digest, size: bytes.length, content: there };
  return { digest, size: bytes.length, content: storeObject(bytes, '', put) };
}

function storeObject(bytes: Uint8Array, suffix: '' | 'P', put: ContentStorage['put']): Buffer {
  const compressed = deflateSync(bytes, { chunkSize: Math.max(1024, bytes.length >> 1) });
  const content = hash('sha1', compressed, 'buffer');
  put({ name: objectNameOf(content.toString('hex'), suffix), bytes: compressed });
  return content;
}

/** Takes a content in pieces; what is longer than a whole file may be is cut into parts. */
export interface ContentWriter {
  readonly push: (bytes: Uint8Array) => void;
  readonly end: () => StoredContent;
}

/** Starts to store a content that comes in pieces; holds at most one part of it. */
export function createContentWriter(storage: ContentStorage): ContentWriter {
  const digest = createHash('sha256');
  const cuts = createCutFinder();
  const parts: ContentPart[] = [];
  let pieces: Uint8Array[] = [];
  let size = 0;
  const cut = () => {
    const bytes = Buffer.concat(pieces);
    pieces = [];
    parts.push({ size: bytes.length, hash: storeObject(bytes, 'P', storage.put) });
  };
  return {
    push: (bytes) => {
      digest.update(bytes);
      size += bytes.length;
      let from = 0;
      for (;;) {
        const at = cuts.next(bytes, from);
        if (at < 0) break;
        pieces.push(bytes.subarray(from, at));
        cut();
        from = at;
      }
      if (from < bytes.length) pieces.push(Buffer.from(bytes.subarray(from))); // the caller's buffer is used again
    },
    end: () => {
      if (parts.length === 0) return storeWhole(Buffer.concat(pieces), storage);
      if (pieces.length > 0) cut();
      return { digest: digest.digest(), size, content: packParts(parts) };
    },
  };
}

/** Stores the content of a file, which must have the size it had when it was looked at.
 * @throws CVMFS_CONTENT_REFUSED when it changes while it is read */
export function storeFile(path: string | Buffer, size: number, storage: ContentStorage): StoredContent {
  const descriptor = openFile(path);
  try {
    const before = fstatSync(descriptor);
    const stored =
      size <= wholeFileLimit ? storeWhole(readWhole(descriptor, size), storage) : storeLarge(descriptor, storage);
    const after = fstatSync(descriptor);
    if (stored.size !== size || before.size !== size || after.mtimeMs !== before.mtimeMs || after.size !== size)
      throw changed(path);
    return stored;
  } finally {
    closeSync(descriptor);
  }
}

function openFile(path: string | Buffer): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw changed(path);
    throw translateFileError(error, 'publish', path.toString());
  }
}

let shared = Buffer.alloc(0);

/** Reads into memory that is used again for the next file. */
function readWhole(descriptor: number, size: number): Buffer {
  if (shared.length === 0) shared = Buffer.allocUnsafe(wholeFileLimit);
  const bytes = shared.subarray(0, size);
  let at = 0;
  while (at < size) {
    const count = readSync(descriptor, bytes, at, size - at, at);
    if (count === 0) break;
    at += count;
  }
  return bytes.subarray(0, at);
}

/** Reading is cheap beside compressing, so a large file is first looked up. */
function storeLarge(descriptor: number, storage: ContentStorage): StoredContent {
  const digest = createHash('sha256');
  let size = 0;
  for (const block of blocksOf(descriptor)) {
    digest.update(block);
    size += block.length;
  }
  const found = digest.digest();
  const content = storage.known(found);
  if (content !== undefined) return { digest: found, size, content };
  const writer = createContentWriter(storage);
  for (const block of blocksOf(descriptor)) writer.push(block);
  return writer.end();
}

function* blocksOf(descriptor: number): Generator<Buffer> {
  const block = Buffer.allocUnsafe(blockSize);
  for (let position = 0; ; ) {
    const count = readSync(descriptor, block, 0, blockSize, position);
    if (count === 0) return;
    position += count;
    yield block.subarray(0, count);
  }
}

function changed(path: string | Buffer): FarmError {
  return new FarmError('CVMFS_CONTENT_REFUSED', `Cannot publish "${path.toString()}": it changed while it was read`, {
    hint: 'Publish a tree that nobody is writing to',
  });
}
