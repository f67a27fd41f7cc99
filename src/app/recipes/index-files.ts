import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openIndex } from '../../recipes/index/open-index.ts';
import type { RecipeIndex } from '../../recipes/index/recipe-index.ts';

const ending = '.index';

/** Where the index of an import is kept, so that every farm of the user finds it.
 * @param cache the cache folder of the settings */
export function indexPath(cache: string, name: string): string {
  return join(indexFolder(cache), `${name}${ending}`);
}

function indexFolder(cache: string): string {
  return join(cache, 'indexes');
}

/** Opens every index that was imported, by name.
 * @throws INDEX_INVALID */
export async function openIndexes(cache: string): Promise<ReadonlyMap<string, RecipeIndex>> {
  const files = await readdir(indexFolder(cache)).catch(() => []);
  const names = files.filter((file) => file.endsWith(ending)).map((file) => file.slice(0, -ending.length));
  const opened = names.sort().map(async (name) => [name, await openIndex(indexPath(cache, name))] as const);
  return new Map(await Promise.all(opened));
}
