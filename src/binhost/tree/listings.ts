import * as v from 'valibot';
import { FarmError } from '../../core/farm-error.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import { parseJsonWithin } from '../../core/parse-json-within.ts';
import type { ObjectTree } from './object-tree.ts';

const largestListing = 16 << 20;
const mostNames = 500_000;
const json = 'application/json';

/** Reads a list that an earlier `refreshTags` or `refreshCatalog` has written, for trees that cannot be listed.
 * @throws BINHOST_UNSUPPORTED when there is none */
export async function readListing(
  tree: ObjectTree,
  key: string,
  list: 'repositories' | 'tags',
): Promise<readonly string[]> {
  const text = (await tree.read(key, largestListing))?.toString('utf8');
  if (text === undefined && list === 'tags') return [];
  if (text === undefined) {
    throw new FarmError('BINHOST_UNSUPPORTED', `Cannot list "${tree.location}": it has no file "${key}"`, {
      hint: 'Is the address that of the folder with "v2" in it? A binhost gets the file with its first package',
    });
  }
  const parsed = v.safeParse(v.object({ [list]: v.nullable(v.array(v.string())) }), parseJsonWithin(text, mostNames));
  if (parsed.success) return (parsed.output as Record<string, string[] | null>)[list] ?? [];
  throw new FarmError('BINHOST_UNAVAILABLE', `Cannot list "${tree.location}": what it has as "${key}" is no list`);
}

/** Where the list of a repository's tags is. */
export function tagsKey(repository: string): string {
  return `v2/${repository}/tags/list`;
}

/** Brings the list of a repository's tags up to date, with a tag that is about to be written. */
export async function refreshTags(tree: ObjectTree, repository: string, coming?: string): Promise<void> {
  await writeUntilStable(tree, tagsKey(repository), async () => {
    const names = (await tree.names?.(`v2/${repository}/manifests`)) ?? [];
    const tags = names.filter((name) => !name.includes(':') && !name.endsWith('.tmp'));
    const all = new Set([...tags, ...(coming === undefined ? [] : [coming])]);
    return formatCanonicalJson({ name: repository, tags: [...all].toSorted() });
  });
}

/** Brings `v2/_catalog` up to date, and lets `v2/` answer where a web server has no other answer for it. */
export async function refreshCatalog(tree: ObjectTree): Promise<void> {
  await tree.writer?.exclusively('v2', async () => {
    const leftovers = ((await tree.names?.('v2')) ?? []).filter((name) => name.endsWith('.tmp'));
    for (const name of leftovers) await tree.writer?.remove(`v2/${name}`);
    await tree.writer?.writeDerived('v2/index.html', { mediaType: json, text: '{}' });
    await writeUntilStable(tree, 'v2/_catalog', async () => {
      const repositories: string[] = [];
      for (const farm of await namesIn(tree, 'v2')) {
        for (const name of await namesIn(tree, `v2/${farm}`)) repositories.push(`${farm}/${name}`);
      }
      return formatCanonicalJson({ repositories: repositories.toSorted() });
    });
  });
}

async function namesIn(tree: ObjectTree, folder: string): Promise<readonly string[]> {
  return ((await tree.names?.(folder)) ?? []).filter((name) => /^[a-z0-9]/.test(name) && name !== 'index.html');
}

/** Writes a list and looks again whether it still holds: of several that write at once, the last one has looked after all others wrote. */
async function writeUntilStable(tree: ObjectTree, key: string, make: () => Promise<string>): Promise<void> {
  for (let text = await make(), tries = 0; tries < 20; tries += 1) {
    await tree.writer?.writeDerived(key, { mediaType: json, text });
    const now = await make();
    if (now === text) return;
    text = now;
  }
}
