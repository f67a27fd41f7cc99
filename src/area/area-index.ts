import { mkdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { FarmError } from '../core/farm-error.ts';
import { formatCount } from '../core/format-quantity.ts';
import { formatReadableJson } from '../core/json.ts';
import { translateFileError } from '../core/translate-file-error.ts';
import { writeFileAtomic } from '../core/write-file-atomic.ts';
import { type AreaLayout, areaLayoutOf } from './area-layout.ts';

const storedSchema = v.strictObject({
  name: v.string(),
  version: v.string(),
  platform: v.string(),
  buildHash: v.string(),
  digest: v.string(),
  /** Keys of the packages that it needs to run. */
  needs: v.array(v.string()),
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

/** Makes an area's folders where there are none.
 * @throws PERMISSION_DENIED, DISK_FULL */
export async function makeArea(layout: AreaLayout): Promise<void> {
  try {
    for (const folder of [layout.store, layout.generations]) await mkdir(folder, { recursive: true });
  } catch (error) {
    throw translateFileError(error, 'make the area', layout.root);
  }
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

/** Reads an area's index, undefined when the folder is no area yet.
 * @throws AREA_INVALID when it is damaged */
export async function readAreaIndex(layout: AreaLayout): Promise<AreaIndex | undefined> {
  const text = await readFile(layout.index, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw translateFileError(error, 'read', layout.index);
  });
  if (text === undefined) return undefined;
  const result = v.safeParse(indexSchema, parseJson(text));
  if (result.success) return result.output;
  throw new FarmError('AREA_INVALID', `Cannot read the area "${layout.root}": its index is damaged`, {
    hint: `Remove "${layout.index}" and install again`,
  });
}

/** Replaces an area's index. */
export async function writeAreaIndex(layout: AreaLayout, index: AreaIndex): Promise<void> {
  await writeFileAtomic(layout.index, formatReadableJson(index));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
