import { access, constants, readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { FarmError } from '../core/farm-error.ts';
import { formatCount } from '../core/format-quantity.ts';
import { formatReadableJson } from '../core/json.ts';
import { makeFolder } from '../core/make-folder.ts';
import { parseJsonWithin } from '../core/parse-json-within.ts';
import { readRegularFile } from '../core/read-regular-file.ts';
import { translateFileError } from '../core/translate-file-error.ts';
import { writeFileAtomic } from '../core/write-file-atomic.ts';
import { type AreaLayout, areaLayoutOf } from './area-layout.ts';
import { refuseNewer } from './refuse-newer.ts';
import { makeAreaFolder, makeSharedFile, readSharing, shareFile } from './share-area.ts';

const storedSchema = v.strictObject({
  name: v.string(),
  version: v.string(),
  platform: v.string(),
  buildHash: v.string(),
  digest: v.string(),
  /** Keys of the packages that it needs to run. */
  needs: v.array(v.string()),
  /** True when nobody whom the area believes has vouched for it. */
  insecure: v.optional(v.boolean()),
  /** Names of the store that were replaced in its files. */
  renames: v.optional(v.record(v.string(), v.string())),
});

const sourceSchema = v.strictObject({
  location: v.string(),
  /** A release or a channel. */
  release: v.string(),
  /** Sets or packages; everything when empty. */
  names: v.array(v.string()),
  /** The last serial seen of each channel: an older one is refused. */
  serials: v.record(v.string(), v.number()),
});

const indexSchema = v.strictObject({
  format: v.literal('binfarm.area/1'),
  farm: v.string(),
  /** Where its releases come from; absent in an area that a farm folder installs into. */
  source: v.optional(sourceSchema),
  /** By store name. */
  packages: v.record(v.string(), storedSchema),
  /** What was written since the machine was started, under the name of that start, and may not have reached the disk. */
  unsettled: v.optional(v.strictObject({ boot: v.string(), packages: v.array(v.string()) })),
});

/** Where the releases of an area come from. */
export type AreaSource = v.InferOutput<typeof sourceSchema>;

/** What an area holds. */
export type AreaIndex = v.InferOutput<typeof indexSchema>;

/** The layout of the area at a path, which need not exist yet; nothing is made.
 * @throws PREFIX_TOO_LONG when the path has more bytes than `longest` */
export function locateArea(path: string, longest: number): AreaLayout {
  const root = resolve(path);
  refuseLongPath(root, longest);
  return areaLayoutOf(root);
}

/** Makes an area's folders where there are none; who may write the area's own folder decides who may change the area.
 * @throws PERMISSION_DENIED, DISK_FULL */
export async function makeArea(layout: AreaLayout): Promise<void> {
  await makeFolder(layout.root);
  await refuseReadOnly(layout);
  const sharing = await readSharing(layout.root);
  try {
    for (const folder of [layout.store, layout.generations]) await makeAreaFolder(folder, sharing);
    await makeSharedFile(layout.lock, sharing);
  } catch (error) {
    throw translateFileError(error, 'make the area', layout.root);
  }
}

/** Refuses an area that this user, or anybody, cannot change.
 * @throws PERMISSION_DENIED */
export async function refuseReadOnly({ root }: AreaLayout): Promise<void> {
  await access(root, constants.W_OK).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return;
    const state = cause.code === 'EROFS' ? 'the file system is read-only' : 'this user may not write there';
    throw new FarmError('PERMISSION_DENIED', `Cannot change the area "${root}": ${state}`, {
      hint: 'What is installed there can be used all the same; name a folder that you can write to install elsewhere',
      cause,
    });
  });
}

/** Refuses a path that packages cannot be relocated to, with the number of bytes that are too many. */
function refuseLongPath(root: string, longest: number): void {
  const bytes = Buffer.byteLength(root);
  if (bytes <= longest) return;
  throw new FarmError(
    'PREFIX_TOO_LONG',
    `Cannot install at "${root}": the path is ${formatCount(bytes - longest, 'byte')} too long`,
    {
      hint: `Packages of this farm can be installed at paths of up to ${longest} bytes; a longer prefix_length in binfarm.yaml rebuilds them`,
      details: { bytes, longest },
    },
  );
}

/** The index of an area that holds nothing yet. */
export function emptyAreaIndex(farm: string): AreaIndex {
  return { format: 'binfarm.area/1', farm, packages: {} };
}

/** More than an index has (bytes). */
const largestIndex = 16 << 20;

/** Reads an area's index, undefined when the folder is no area yet.
 * @throws AREA_INVALID when it is damaged, AREA_TOO_NEW */
export async function readAreaIndex(layout: AreaLayout): Promise<AreaIndex | undefined> {
  const bytes = await readRegularFile(layout.index, largestIndex).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw translateFileError(error, 'read', layout.index);
  });
  if (bytes === undefined) return undefined;
  const value = parseJsonWithin(bytes.toString('utf8'), 1_000_000);
  refuseNewer(value, 'binfarm.area/1', layout.index);
  const result = v.safeParse(indexSchema, value);
  if (result.success) return result.output;
  throw new FarmError(
    'AREA_INVALID',
    `Cannot read the area "${layout.root}": its index is damaged, or of another binfarm`,
    {
      hint: `Remove "${layout.index}" and install again`,
    },
  );
}

/** Replaces an area's index. */
export async function writeAreaIndex(layout: AreaLayout, index: AreaIndex): Promise<void> {
  const sharing = await readSharing(layout.root);
  await writeFileAtomic(layout.index, formatReadableJson(index), (path) => shareFile(path, sharing));
}

/** Takes out of an index what is in the store no more, as after a clean-up that was killed; gives the same index where there is nothing. */
export async function forgetMissing(layout: AreaLayout, index: AreaIndex): Promise<AreaIndex> {
  const stored = new Set(await readdir(layout.store).catch(() => []));
  const packages = Object.entries(index.packages);
  const there = packages.filter(([storeName]) => stored.has(storeName));
  return there.length === packages.length ? index : { ...index, packages: Object.fromEntries(there) };
}
