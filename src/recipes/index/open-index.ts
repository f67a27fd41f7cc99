import { readFile } from 'node:fs/promises';
import { translateFileError } from '../../core/translate-file-error.ts';
import type { PackageName } from '../../model/names.ts';
import { createIndexDecoder, decodeRecipe, type IndexDecoder, textOf } from './decode-index.ts';
import type { UnreadLine } from './imported-package.ts';
import { indexInvalid, parseIndexFile, wordsOf } from './index-file.ts';
import type { IndexEntry, IndexedRecipe, RecipeIndex } from './recipe-index.ts';

/** Opens an index: reads its file and names; packages are decoded when they are asked for.
 * @throws INDEX_INVALID, PERMISSION_DENIED */
export async function openIndex(path: string): Promise<RecipeIndex> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw indexInvalid(path, 'it is not there');
    throw translateFileError(error, 'read recipe index', path);
  });
  return readIndex(bytes, path);
}

/** The index in the bytes of its file.
 * @throws INDEX_INVALID */
export function readIndex(bytes: Uint8Array, path: string): RecipeIndex {
  const sections = parseIndexFile(bytes, path);
  const decoder = createIndexDecoder(sections, path);
  const names = once(() => [...wordsOf(sections.names)].map((id) => textOf(decoder, id) as PackageName));
  const places = once(() => new Map(names().map((name, index) => [name, index])));
  const virtuals = once(() => virtualsOf(decoder, wordsOf(sections.virtuals)));
  const recipes = new Map<PackageName, IndexedRecipe>();
  return {
    source: Buffer.from(sections.source).toString(),
    names,
    recipe: (name) => {
      const known = recipes.get(name);
      const place = places().get(name);
      if (place === undefined || known !== undefined) return known;
      const recipe = decodeRecipe(decoder, place);
      recipes.set(name, recipe);
      return recipe;
    },
    providers: (virtual) => virtuals().get(virtual) ?? [],
    entries: () => entriesIn(Buffer.from(sections.search.buffer, sections.search.byteOffset, sections.search.length)),
    unread: (name) => unreadOf(decoder, wordsOf(sections.unread), places().get(name)),
  };
}

/** Makes a value when it is asked for, and only then. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function virtualsOf(decoder: IndexDecoder, words: Uint32Array): Map<PackageName, PackageName[]> {
  const virtuals = new Map<PackageName, PackageName[]>();
  for (let at = 0; at < words.length; ) {
    const name = textOf(decoder, words[at]!) as PackageName;
    const providers = words.subarray(at + 2, at + 2 + (words[at + 1] ?? 0));
    virtuals.set(
      name,
      [...providers].map((id) => textOf(decoder, id) as PackageName),
    );
    at += 2 + providers.length;
  }
  return virtuals;
}

function unreadOf(decoder: IndexDecoder, words: Uint32Array, place: number | undefined): UnreadLine[] {
  const lines: UnreadLine[] = [];
  for (let at = 0; at + 3 < words.length; at += 4) {
    if (words[at] !== place) continue;
    lines.push({
      line: words[at + 1]!,
      directive: textOf(decoder, words[at + 2]!),
      reason: textOf(decoder, words[at + 3]!),
    });
  }
  return lines;
}

function* entriesIn(search: Buffer): Iterable<IndexEntry> {
  if (search.length === 0) return;
  for (const line of search.toString().split('\n')) {
    const [name = '', summary = '', variants = ''] = line.split('\t');
    yield { name: name as PackageName, summary, variants: variants === '' ? [] : variants.split(',') };
  }
}
