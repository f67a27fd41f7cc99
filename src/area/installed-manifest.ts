import { join } from 'node:path';
import { FarmError } from '../core/farm-error.ts';
import { parseJsonWithin } from '../core/parse-json-within.ts';
import { readRegularFile } from '../core/read-regular-file.ts';
import { manifestLimits } from '../package/manifest/manifest-schema.ts';
import { isSafePath } from '../package/manifest/safe-path.ts';
import type { AreaLayout } from './area-layout.ts';
import type { ViewPackage } from './plan-view.ts';

/** What a view needs to know of a package in an area's store. */
export type InstalledEntries = Pick<ViewPackage, 'name' | 'entries'>;

/** Reads from the manifest of a package in an area's store what a view is made of; no more is checked of it, because it was checked as a whole when it was unpacked.
 * @throws AREA_INVALID when it is missing or damaged */
export async function readInstalledEntries(layout: AreaLayout, storeName: string): Promise<InstalledEntries> {
  const path = join(layout.store, storeName, '.binfarm', 'package.json');
  try {
    const bytes = await readRegularFile(path, manifestLimits.bytes);
    const value = parseJsonWithin(bytes.toString('utf8'), manifestLimits.values);
    if (isManifest(value)) return value;
  } catch (cause) {
    throw notWhole(path, layout, { storeName, cause });
  }
  throw notWhole(path, layout, { storeName });
}

function isManifest(value: unknown): value is InstalledEntries {
  if (value === null || typeof value !== 'object') return false;
  const { name, entries } = value as { name?: unknown; entries?: unknown };
  return typeof name === 'string' && Array.isArray(entries) && entries.every(isEntry);
}

function isEntry(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false;
  const { path, type } = value as { path?: unknown; type?: unknown };
  return typeof path === 'string' && isSafePath(path) && typeof type === 'string';
}

function notWhole(
  path: string,
  { store }: AreaLayout,
  { storeName, ...cause }: { readonly storeName: string; readonly cause?: unknown },
): FarmError {
  return new FarmError('AREA_INVALID', `Cannot read "${path}": the package is not whole`, {
    hint: `Remove "${join(store, storeName)}" and install again`,
    ...cause,
  });
}
