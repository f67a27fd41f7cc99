import { mkdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { FarmError } from '../core/farm-error.ts';
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

const indexSchema = v.strictObject({
  format: v.literal('binfarm.area/1'),
  farm: v.string(),
  /** By store name. */
  packages: v.record(v.string(), storedSchema),
});

/** A package in an area's store. */
export type InstalledPackage = v.InferOutput<typeof storedSchema>;

/** What an area holds. */
export type AreaIndex = v.InferOutput<typeof indexSchema>;

/** Makes an area's folders where there are none, and reads its index.
 * @throws PREFIX_TOO_LONG when the path has more bytes than `longest`, AREA_INVALID, PERMISSION_DENIED */
export async function openArea(path: string, farm: string, longest: number): Promise<{ layout: AreaLayout; index: AreaIndex }> {
  const root = resolve(path);
  refuseLongPath(root, longest);
  const layout = areaLayoutOf(root);
  try {
    for (const folder of [layout.store, layout.generations]) await mkdir(folder, { recursive: true });
  } catch (error) {
    throw translateFileError(error, 'make the area', root);
  }
  return { layout, index: (await readAreaIndex(layout)) ?? { format: 'binfarm.area/1', farm, packages: {} } };
}

/** Refuses a path that packages cannot be relocated to, with the number of bytes that are too many. */
export function refuseLongPath(root: string, longest: number): void {
  const bytes = Buffer.byteLength(root);
  if (bytes <= longest) return;
  throw new FarmError('PREFIX_TOO_LONG', `Cannot install at "${root}": the path is ${bytes - longest} bytes too long`, {
    hint: `Packages of this farm can be installed at paths of up to ${longest} bytes; a longer prefix_length in binfarm.yaml rebuilds them`,
    details: { bytes, longest },
  });
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
    hint: `Remove "${layout.index}" and install again; nothing is fetched or unpacked twice`,
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
