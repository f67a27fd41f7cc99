import { createHash } from 'node:crypto';
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { Digest } from '../../core/digest-text.ts';
import { FarmError } from '../../core/farm-error.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { createFrameReader, type Frame, type FrameRequest } from './frame-reader.ts';
import { damaged } from './zstd-frame.ts';

/** A package's blob: a file, or its bytes as they arrive. */
export type PackageSource = string | AsyncIterable<Uint8Array>;

/** What is known of a blob beforehand, from something that is signed. */
export interface ExpectedBlob {
  readonly digest?: Digest;
  readonly size?: number;
}

/** A blob that was read to its end. */
export interface DrivenBlob<Result> {
  readonly result: Result;
  readonly digest: Digest;
  readonly size: number;
}

/** Feeds a blob to a reader of frames, to the blob's end, and compares its size and digest with what is expected.
 * `tail` says whether bytes may follow the last frame that the reader asked for.
 * @throws PACKAGE_DAMAGED, PACKAGE_NOT_FOUND */
export async function driveReader<Result>(
  source: PackageSource,
  reader: Generator<FrameRequest, Result, Frame>,
  options: ExpectedBlob & { readonly tail: 'ignored' | 'refused' },
): Promise<DrivenBlob<Result>> {
  const frames = createFrameReader();
  const hash = createHash('sha256');
  let size = 0;
  let state = reader.next(undefined as unknown as Frame);
  for await (const bytes of openSource(source)) {
    size += bytes.length;
    if (options.size !== undefined && size > options.size) throw damaged(`it has more than ${options.size} bytes`);
    hash.update(bytes);
    if (!state.done || options.tail === 'refused') frames.push(bytes);
    state = advance(reader, frames, state);
  }
  if (!state.done) throw damaged(`it ends after ${size} bytes, before its end`);
  if (options.tail === 'refused' && frames.rest() > 0) throw damaged('something follows its end');
  return { result: state.value, ...checkBlob(`sha256:${hash.digest('hex')}` as Digest, size, options) };
}

/** Feeds the beginning of a blob to a reader of frames, and stops as soon as it has what it wants.
 * @throws PACKAGE_DAMAGED, PACKAGE_NOT_FOUND */
export async function driveStart<Result>(
  source: PackageSource,
  reader: Generator<FrameRequest, Result, Frame>,
): Promise<Result> {
  const frames = createFrameReader();
  let state = reader.next(undefined as unknown as Frame);
  for await (const bytes of openSource(source, 1 << 16)) {
    frames.push(bytes);
    state = advance(reader, frames, state);
    if (state.done) return state.value;
  }
  throw damaged('it ends before its metadata does');
}

type State<Result> = IteratorResult<FrameRequest, Result>;

function advance<Result>(
  reader: Generator<FrameRequest, Result, Frame>,
  frames: ReturnType<typeof createFrameReader>,
  from: State<Result>,
): State<Result> {
  let state = from;
  while (!state.done) {
    const frame = frames.next(state.value);
    if (frame === undefined) break;
    state = reader.next(frame);
  }
  return state;
}

function checkBlob(digest: Digest, size: number, expected: ExpectedBlob): { digest: Digest; size: number } {
  if (expected.size !== undefined && size !== expected.size) {
    throw damaged(`it has ${size} bytes instead of ${expected.size}`);
  }
  if (expected.digest !== undefined && digest !== expected.digest) {
    throw damaged(`its digest is ${digest} instead of ${expected.digest}`);
  }
  return { digest, size };
}

/** The parts of a source, each valid until the next one is asked for. A file is read into one buffer, since a new one for each part would have the collector work more than the reader. */
async function* openSource(source: PackageSource, step = 1 << 20): AsyncGenerator<Buffer> {
  if (typeof source !== 'string') {
    for await (const bytes of source) {
      yield Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    return;
  }
  let file: FileHandle | undefined;
  try {
    // a pipe or a device might never end
    if (!(await stat(source)).isFile()) throw damaged('it is no file');
    file = await open(source);
    const buffer = Buffer.allocUnsafe(step);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, step);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    if (['ENOENT', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      throw new FarmError('PACKAGE_NOT_FOUND', `Cannot read the package "${source}": there is no such file`, {
        cause: error,
      });
    }
    throw translateFileError(error, 'read', source);
  } finally {
    await file?.close();
  }
}
