import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { emptyAreaIndex, makeArea, readAreaIndex, writeAreaIndex } from '../../area/area-index.ts';
import { type AreaLayout, areaLayoutOf } from '../../area/area-layout.ts';
import { readSharing, shareFile, shareFolder } from '../../area/share-area.ts';
import { openBinhost } from '../../binhost/open-binhost.ts';
import { readOs } from '../../build/base/machine-base.ts';
import { FarmError } from '../../core/farm-error.ts';
import { formatReadableJson } from '../../core/json.ts';
import { removeLeftovers } from '../../core/remove-leftovers.ts';
import { translateFileError } from '../../core/translate-file-error.ts';
import { writeFileAtomic } from '../../core/write-file-atomic.ts';
import { compareVersions, parseVersion } from '../../model/version.ts';
import { holdArea } from '../area/with-area.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { openAreaTrust } from '../keys/open-area-trust.ts';
import { readHost } from '../release/pick-release-platform.ts';
import { programNotFound, readProgram, type SignedProgram, systemOf } from './read-program.ts';
import { receiveProgram } from './receive-program.ts';

/** Where binfarm itself is to be put, and from where. */
export interface InstallProgramRequest {
  /** The area; it is made where there is none. */
  readonly prefix: string;
  /** The binhost; what the area remembers when absent. */
  readonly from?: string;
  /** The farm's name; what the area remembers when absent. */
  readonly farm?: string;
  /** A file with the farm's public key, to be believed in this area from now on. */
  readonly key?: string;
  readonly wait: boolean;
  readonly dryRun: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The binfarm of an area. */
export interface InstalledProgram {
  readonly path: string;
  readonly system: string;
  readonly version: string;
  readonly digest: string;
  /** Of the executable. */
  readonly bytes: number;
  /** `kept` when it was just that before; `made` and `renewed` are what would be done in a dry run. */
  readonly state: 'made' | 'renewed' | 'kept';
}

/** What an area remembers of its binfarm, beside it. */
const recordSchema = v.strictObject({
  format: v.literal('binfarm.installed-program/1'),
  serial: v.number(),
  digest: v.string(),
  size: v.number(),
});

/** Puts binfarm itself into an area as `bin/binfarm`, verified, and replaced by a rename so that one which runs is not disturbed.
 * @throws PROGRAM_NOT_FOUND, PROGRAM_OLD, PLATFORM_INVALID, KEY_INVALID, KEY_UNKNOWN, KEY_REVOKED, SIGNATURE_INVALID, PACKAGE_DAMAGED, LOCKED, DISK_FULL, PERMISSION_DENIED */
export async function installProgram(request: InstallProgramRequest, context: AppContext): Promise<InstalledProgram> {
  const layout = areaLayoutOf(resolve(request.prefix));
  const { location, farm } = await findOrigin(layout, request);
  const binhost = openBinhost(location, { farm, emit: context.emit, signal: context.signal });
  const { key, dryRun, now, wait } = request;
  const added = key === undefined ? {} : { key };
  const trust = await openAreaTrust({ layout, binhost, farm, insecure: false, dryRun, now, ...added }, context);
  const system = systemOf();
  const signed = await readProgram(binhost, { farm, system, trusted: trust.keys });
  if (signed === undefined) throw programNotFound(system, location);
  await refuseUnfit(signed);
  const path = programPathOf(layout);
  const { version, executable } = signed.program;
  const about = { path, system, version, digest: executable.digest, bytes: executable.size };
  if (dryRun) return { ...about, state: await compareWithInstalled(layout, signed) };
  await makeArea(layout);
  const work = async () => {
    const state = await compareWithInstalled(layout, signed);
    if (state !== 'kept') await place(layout, signed, binhost.programs.openBlob(signed.stored));
    await rememberOrigin(layout, { location, farm });
    return { ...about, state };
  };
  const result = await holdArea(layout, { command: 'binfarm bootstrap', wait }, { context, work });
  await trust.rememberAll();
  return result;
}

/** Where an area has its binfarm. */
export function programPathOf({ root }: AreaLayout): string {
  return join(root, 'bin', 'binfarm');
}

async function findOrigin(
  layout: AreaLayout,
  request: InstallProgramRequest,
): Promise<{ readonly location: string; readonly farm: string }> {
  const index = await readAreaIndex(layout);
  const location = request.from ?? index?.source?.location;
  const farm = request.farm ?? index?.farm;
  if (location !== undefined && farm !== undefined) return { location, farm };
  throw new FarmError(
    'ARGUMENT_INVALID',
    `Cannot put binfarm into "${layout.root}": the area does not know yet where its farm is`,
    { hint: 'binfarm bootstrap AREA --from BINHOST --name FARM --key farm.key.pub' },
  );
}

/** An area that was just begun knows from then on where its releases come from. */
async function rememberOrigin(
  layout: AreaLayout,
  { location, farm }: { readonly location: string; readonly farm: string },
): Promise<void> {
  if ((await readAreaIndex(layout)) !== undefined) return;
  const source = { location, release: 'latest', names: [], serials: {} };
  await writeAreaIndex(layout, { ...emptyAreaIndex(farm), source });
}

/** Refuses a program that this machine cannot run, before anything is written. */
async function refuseUnfit({ program }: SignedProgram): Promise<void> {
  const { glibc } = await readHost(await readOs());
  if (glibc !== undefined && compareVersions(parseVersion(glibc), parseVersion(program.glibc)) >= 0) return;
  const has = glibc === undefined ? 'another C library' : glibc;
  throw new FarmError(
    'PLATFORM_INVALID',
    `Cannot use binfarm ${program.version} here: it needs glibc ${program.glibc}, and this machine has ${has}`,
  );
}

/** @throws PROGRAM_OLD when a later one was seen before */
async function compareWithInstalled(
  layout: AreaLayout,
  { program, stored }: SignedProgram,
): Promise<InstalledProgram['state']> {
  const record = await readRecord(layout);
  if (record === undefined) return 'made';
  if (program.serial < record.serial) {
    throw new FarmError(
      'PROGRAM_OLD',
      `Cannot believe that binfarm ${program.version} in "${stored.location}" is the newest: it is number ${program.serial}, and number ${record.serial} was seen before`,
      { hint: 'The binhost, or something on the way to it, gives old content; try another mirror' },
    );
  }
  const { size } = (await stat(programPathOf(layout)).catch(() => undefined)) ?? {};
  const isSame = record.digest === program.executable.digest && size === program.executable.size;
  return isSame ? 'kept' : 'renewed';
}

async function readRecord(layout: AreaLayout): Promise<v.InferOutput<typeof recordSchema> | undefined> {
  const text = await readFile(recordPathOf(layout), 'utf8').catch(() => '');
  const parsed = v.safeParse(recordSchema, parseJson(text));
  return parsed.success ? parsed.output : undefined;
}

async function place(layout: AreaLayout, { program }: SignedProgram, bytes: AsyncIterable<Buffer>): Promise<void> {
  const sharing = await readSharing(layout.root);
  const folder = join(layout.root, 'bin');
  try {
    if ((await mkdir(folder, { recursive: true })) !== undefined) await shareFolder(folder, sharing);
    await removeLeftovers(folder);
    await receiveProgram(programPathOf(layout), program, {
      bytes,
      prepare: async (path) => {
        await shareFile(path, sharing);
        await chmod(path, (sharing?.fileMode ?? 0o644) | 0o111);
      },
    });
  } catch (error) {
    throw translateFileError(error, 'put binfarm into', folder);
  }
  const { digest, size } = program.executable;
  const record = { format: 'binfarm.installed-program/1', serial: program.serial, digest, size };
  await writeFileAtomic(recordPathOf(layout), formatReadableJson(record), (path) => shareFile(path, sharing));
}

function recordPathOf(layout: AreaLayout): string {
  return `${programPathOf(layout)}.json`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
