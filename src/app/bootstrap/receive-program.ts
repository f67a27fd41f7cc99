import { createHash, type Hash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { FarmError } from '../../core/farm-error.ts';
import { syncFolder } from '../../core/write-file-atomic.ts';
import type { Program } from '../../model/program.ts';

/** How a program arrives. */
export interface ProgramArrival {
  /** Of its blob. */
  readonly bytes: AsyncIterable<Buffer>;
  /** Called with the whole file before it gets its name. */
  readonly prepare: (path: string) => Promise<void>;
}

/** Writes a program's executable from its compressed blob, comparing both with what is signed; the file appears under its name only when it is right, and replaces what was there.
 * @throws PACKAGE_DAMAGED; DISK_FULL and PERMISSION_DENIED as the system says them */
export async function receiveProgram(
  path: string,
  program: Program,
  { bytes, prepare }: ProgramArrival,
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const blob = measure(program.blob.size, program.version);
  const executable = measure(program.executable.size, program.version);
  try {
    const sink = createWriteStream(temporary, { flags: 'wx', mode: 0o755 });
    try {
      await pipeline(Readable.from(bytes), blob.stream, createGunzip(), executable.stream, sink);
    } catch (error) {
      throw isGarbled(error) ? damaged(program.version, 'it cannot be unpacked', error) : error;
    }
    compare(program.blob, blob, program.version);
    compare(program.executable, executable, program.version);
    await prepare(temporary);
    await syncFile(temporary);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

interface Measure {
  readonly stream: Transform;
  readonly hash: Hash;
}

/** Hashes what goes through, and stops it when it is more than it should be. */
function measure(most: number, version: string): Measure {
  const hash = createHash('sha256');
  let size = 0;
  const stream = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      size += chunk.length;
      hash.update(chunk);
      if (size > most) done(damaged(version, `it has more than ${most} bytes`));
      else done(null, chunk);
    },
  });
  return { stream, hash };
}

function compare({ digest }: Program['blob'], { hash }: Measure, version: string): void {
  const found = `sha256:${hash.digest('hex')}`;
  if (found !== digest) throw damaged(version, `its digest is ${found} instead of ${digest}`);
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function isGarbled(error: unknown): boolean {
  return String((error as NodeJS.ErrnoException).code).startsWith('Z_');
}

function damaged(version: string, state: string, cause?: unknown): FarmError {
  return new FarmError('PACKAGE_DAMAGED', `Cannot use binfarm ${version}: ${state}`, {
    hint: 'Try again; if it stays so, ask the farm to publish it again: binfarm bootstrap push',
    ...(cause === undefined ? {} : { cause }),
  });
}
