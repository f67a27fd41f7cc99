import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { openBinhost } from '../../binhost/open-binhost.ts';
import { digestOfFile } from '../../core/digest.ts';
import { makeFolder } from '../../core/make-folder.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import type { Program } from '../../model/program.ts';
import { signStatement } from '../../package/sign/envelope.ts';
import { readFarmKey, readTrustedKeys } from '../farm/farm-keys.ts';
import { type AppContext, openFarm } from '../farm/open-farm.ts';
import { inspectProgram } from './inspect-program.ts';
import { readProgram } from './read-program.ts';

/** Which executable is to be published. */
export interface PushProgramRequest {
  readonly farm: string;
  /** Made by script/make-executable, or the one that runs. */
  readonly executable: string;
  /** A binhost; the farm's own when absent. */
  readonly location?: string;
  /** ISO 8601. */
  readonly published: string;
  readonly dryRun: boolean;
}

/** A program that was published, or would be. */
export interface PushedProgram {
  readonly to: string;
  readonly system: string;
  readonly version: string;
  readonly serial: number;
  readonly glibc: string;
  /** Of the executable. */
  readonly digest: string;
  /** Of the executable. */
  readonly bytes: number;
  /** As it is fetched; absent in a dry run. */
  readonly compressed?: number;
  /** False when just that was there already. */
  readonly changed: boolean;
}

/** Publishes binfarm's single executable in a binhost: compressed, and signed by the farm's key.
 * @throws PROGRAM_INVALID, KEY_INVALID, BINHOST_UNSUPPORTED, BINHOST_UNAVAILABLE, BINHOST_DENIED, DOCUMENT_CHANGED, DISK_FULL */
export async function pushProgram(request: PushProgramRequest, context: AppContext): Promise<PushedProgram> {
  const farm = await openFarm(request.farm, context);
  const { emit, signal, settingSources } = context;
  const options = { farm: farm.stack.farm, emit, signal, environment: settingSources.environment };
  const binhost = openBinhost(request.location ?? farm.paths.binhost, options);
  const { system, version, glibc } = await inspectProgram(request.executable);
  const executable = await digestOfFile(request.executable);
  const trusted = await readTrustedKeys(farm);
  const wanted = { farm: farm.stack.farm, system, trusted };
  const before = await readProgram(binhost, wanted);
  const own =
    request.location === undefined ? before : await readProgram(openBinhost(farm.paths.binhost, options), wanted);
  const isThere = before?.program.executable.digest === executable.digest;
  const serial = nextSerial(executable.digest, before?.program, own?.program);
  const { digest, size } = executable;
  const about = { to: binhost.location, system, version, serial, glibc, digest, bytes: size, changed: !isThere };
  if (isThere) return { ...about, compressed: before.program.blob.size };
  if (request.dryRun) return about;
  const key = await readFarmKey(farm);
  const program = { type: 'program', format: 'binfarm.program/1', farm: farm.stack.farm, system, version } as const;
  const scratch = join(farm.settings.cache, 'incoming');
  await makeFolder(scratch);
  const folder = await mkdtemp(join(scratch, 'program-'));
  try {
    const path = join(folder, 'binfarm.gz');
    const blob = await compress(request.executable, path, signal);
    const statement: Program = { ...program, serial, published: request.published, glibc, executable, blob };
    const seen = before === undefined ? {} : { ifCurrent: before.stored.digest };
    await binhost.programs.put({ system, envelope: signStatement(statement, key), blob: { ...blob, path }, ...seen });
    return { ...about, compressed: blob.size };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same executable has the same number wherever it is published, where that can be, so that an area can change from one binhost to another. */
function nextSerial(digest: string, before: Program | undefined, own: Program | undefined): number {
  if (before?.executable.digest === digest) return before.serial;
  const [there, here] = [before?.serial ?? 0, own?.serial ?? 0];
  return own?.executable.digest === digest && here > there ? here : Math.max(there, here) + 1;
}

/** Compresses by gzip, which every machine can undo; equal files have equal bytes. */
async function compress(from: string, to: string, signal: AbortSignal): Promise<Program['blob']> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    await pipeline(
      createReadStream(from, { highWaterMark: 1 << 20 }),
      createGzip({ level: 6 }),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          size += chunk.length;
          yield chunk;
        }
      },
      createWriteStream(to),
      { signal },
    );
  } catch (error) {
    throw translateFileError(error, 'write', to);
  }
  return { digest: `sha256:${hash.digest('hex')}` as Program['blob']['digest'], size };
}
