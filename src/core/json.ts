/** Data that JSON can carry. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** The canonical form of plain data: keys sorted by code unit, no white space, absent values left out.
 * Two values that are equal as data have equal bytes, so this is what digests and signatures are taken over. */
export function formatCanonicalJson(value: unknown): string {
  return JSON.stringify(sortKeys(value));
}

/** The canonical form of an object in pieces, for one that is too large to be held as a text, too: those of its lists come item by item. */
export function* canonicalPieces(value: object): Generator<string> {
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  yield '{';
  for (const [index, [key, item]] of entries.entries()) {
    yield `${index > 0 ? ',' : ''}${JSON.stringify(key)}:`;
    if (Array.isArray(item)) yield* canonicalItems(item);
    else yield formatCanonicalJson(item);
  }
  yield '}';
}

function* canonicalItems(items: readonly unknown[]): Generator<string> {
  yield '[';
  for (const [index, item] of items.entries()) yield `${index > 0 ? ',' : ''}${formatCanonicalJson(item)}`;
  yield ']';
}

/** The canonical key order with two spaces of indentation and a final newline, for files that people review. */
export function formatReadableJson(value: unknown): string {
  return `${JSON.stringify(sortKeys(value), null, 2)}\n`;
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]));
}
