import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createInflate, type Inflate, inflate } from 'node:zlib';
import { formatBytes } from '../../../core/format-quantity.ts';
import { faultOf, invalid } from '../format/invalid.ts';
import {
  createObjectHasher,
  formatObjectHash,
  hashOfBytes,
  type ObjectHash,
  type ObjectKind,
  objectKey,
} from '../format/object-hash.ts';
import { mostStored, wholeObject } from '../limits.ts';
import type { ReadContext } from '../read-context.ts';
import type { FoundFile, RepositorySource } from '../source/repository-source.ts';
import { withPatience } from './with-patience.ts';

/** An object as something refers to it. */
export interface ObjectReference {
  readonly hash: ObjectHash;
  readonly kind: ObjectKind;
  readonly isCompressed: boolean;
  /** Of what it unpacks to, in bytes, where it is known. */
  readonly size?: number;
  /** The most that it may unpack to where its size is not known. */
  readonly limit: number;
}

/** Where the unpacked bytes of an object go. What was written is to be forgotten when `restart` is called, and to be used only when the fetch has succeeded. */
export interface ObjectSink {
  readonly restart: () => Promise<void>;
  readonly write: (chunk: Buffer) => Promise<void> | void;
}

/** How large an object was found to be. */
export interface ObjectSizes {
  readonly stored: number;
  readonly plain: number;
}

/** Fetches an object, verifies its hash and its size, and unpacks it. What does not match is fetched once more past caches, as clients do.
 * @throws CVMFS_DAMAGED, CVMFS_INVALID, CVMFS_UNAVAILABLE, and what the sink throws */
export async function fetchObject(
  source: RepositorySource,
  reference: ObjectReference,
  sink: ObjectSink,
  context: ReadContext,
): Promise<ObjectSizes> {
  const key = objectKey(reference.hash, reference.kind);
  let fresh = false;
  for (;;) {
    try {
      return await withPatience(source, context, async () => {
        await sink.restart();
        const found = await source.open(key, { fresh });
        if (found === undefined) throw invalid(key, 'it is missing', 'CVMFS_DAMAGED');
        return await take(key, found, reference, sink);
      });
    } catch (error) {
      if (fresh || source.list !== undefined || faultOf(error) === undefined) throw error;
      fresh = true;
      context.emit({ type: 'repository.refetched', location: source.location, object: key });
    }
  }
}

async function take(key: string, found: FoundFile, reference: ObjectReference, sink: ObjectSink): Promise<ObjectSizes> {
  const most = mostStored(reference.size ?? reference.limit);
  if (found.size !== undefined && found.size > most) {
    await found.discard();
    throw damaged(key, `it has ${formatBytes(found.size)}, more than it can have`);
  }
  if (found.size !== undefined && found.size <= wholeObject) return await takeWhole(key, found, reference, sink);
  return await takeInPieces(key, found, reference, sink);
}

const unpack = promisify(inflate) as unknown as (
  bytes: Buffer,
  options: { readonly maxOutputLength: number; readonly info: true },
) => Promise<{ readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } }>;

async function takeWhole(
  key: string,
  found: FoundFile,
  reference: ObjectReference,
  sink: ObjectSink,
): Promise<ObjectSizes> {
  const stored = await collect(key, found, found.size!);
  compareHash(key, reference.hash, hashOfBytes(reference.hash.algorithm, stored));
  const most = reference.size ?? reference.limit;
  let plain = stored;
  if (reference.isCompressed) {
    const { buffer, engine } = await unpack(stored, { maxOutputLength: Math.max(1, most), info: true }).catch(
      (error) => {
        throw unpackProblem(key, error);
      },
    );
    if (engine.bytesWritten !== stored.length) throw trailing(key);
    plain = buffer;
  }
  checkPlain(key, plain.length, reference);
  await sink.write(plain);
  return { stored: stored.length, plain: plain.length };
}

/** Reads a file whole.
 * @throws CVMFS_DAMAGED when it has more than `limit` bytes */
export async function collect(key: string, found: FoundFile, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of found.chunks()) {
    size += chunk.length;
    if (size > limit) throw damaged(key, `it has more than ${formatBytes(limit)}`);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size);
}

async function takeInPieces(
  key: string,
  found: FoundFile,
  reference: ObjectReference,
  sink: ObjectSink,
): Promise<ObjectSizes> {
  const hasher = createObjectHasher(reference.hash.algorithm);
  const most = { stored: mostStored(reference.size ?? reference.limit), plain: reference.size ?? reference.limit };
  let [stored, plain] = [0, 0];
  const arriving = async function* () {
    for await (const chunk of found.chunks()) {
      stored += chunk.length;
      if (stored > most.stored) throw damaged(key, `it has more than ${formatBytes(most.stored)}`);
      hasher.update(chunk);
      yield chunk;
    }
  };
  const leaving = async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      plain += chunk.length;
      if (plain > most.plain) throw tooLarge(key, most.plain);
      await sink.write(chunk);
    }
  };
  if (reference.isCompressed) {
    const engine: Inflate = createInflate({ chunkSize: 256 << 10 });
    try {
      await pipeline(Readable.from(arriving(), { objectMode: false, highWaterMark: 1 << 20 }), engine, leaving);
    } catch (error) {
      throw unpackProblem(key, error);
    }
    compareHash(key, reference.hash, { algorithm: reference.hash.algorithm, hex: hasher.digest('hex') });
    if (engine.bytesWritten !== stored) throw trailing(key);
  } else {
    await leaving(arriving());
    compareHash(key, reference.hash, { algorithm: reference.hash.algorithm, hex: hasher.digest('hex') });
  }
  checkPlain(key, plain, reference);
  return { stored, plain };
}

function compareHash(key: string, wanted: ObjectHash, found: ObjectHash): void {
  if (found.hex !== wanted.hex) throw damaged(key, `its bytes have the hash ${formatObjectHash(found)}`);
}

function checkPlain(key: string, plain: number, { size, limit }: ObjectReference): void {
  if (size !== undefined && plain !== size)
    throw damaged(key, `it has ${plain} bytes unpacked, and ${size} were promised`);
  if (plain > limit) throw tooLarge(key, limit);
}

function unpackProblem(key: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ERR_BUFFER_TOO_LARGE') return damaged(key, 'it unpacks to more bytes than were promised');
  return code?.startsWith('Z_') === true ? damaged(key, 'it is no proper zlib stream', error) : error;
}

function damaged(key: string, reason: string, cause?: unknown): Error {
  return invalid(key, reason, 'CVMFS_DAMAGED', cause);
}

function tooLarge(key: string, most: number): Error {
  return damaged(key, `it unpacks to more than ${most} bytes`);
}

function trailing(key: string): Error {
  return damaged(key, 'there is something behind its zlib stream');
}
