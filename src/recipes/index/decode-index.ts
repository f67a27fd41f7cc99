import type { Place } from '../../core/farm-error.ts';
import type { PackageName } from '../../model/names.ts';
import type { DependencyType } from '../../model/recipe.ts';
import type { PlatformRequest, Spec, VariantRequest } from '../../model/spec.ts';
import type { Version } from '../../model/version.ts';
import { anyVersion, parseVersionRange, type VersionRange } from '../../model/version-range.ts';
import { requestForms, typeBits, variantFlags, variantKinds } from './encode-index.ts';
import { type IndexSections, indexInvalid, wordsOf } from './index-file.ts';
import type { IndexedRecipe, IndexedVariant } from './recipe-index.ts';

/** An open index, with what was decoded of it. */
export interface IndexDecoder {
  readonly path: string;
  readonly text: Buffer;
  readonly textOffsets: Uint32Array;
  readonly texts: (string | undefined)[];
  readonly packages: Uint32Array;
  readonly records: Uint32Array;
  readonly specs: Uint32Array;
  readonly specWords: Uint32Array;
  readonly places: Uint32Array;
  readonly placed: ({ place?: Place } | undefined)[];
  readonly decoded: (Spec | undefined)[];
  readonly ranges: Map<number, VersionRange>;
  readonly types: (readonly DependencyType[])[];
}

/** Numbers that are read one behind the other. */
interface Cursor {
  readonly words: Uint32Array;
  readonly path: string;
  at: number;
}

/** Makes the decoder of an index; nothing is decoded yet. */
export function createIndexDecoder(sections: IndexSections, path: string): IndexDecoder {
  const { text } = sections;
  const names = Object.keys(typeBits) as DependencyType[];
  return {
    path,
    text: Buffer.from(text.buffer, text.byteOffset, text.length),
    textOffsets: wordsOf(sections.textOffsets),
    texts: [],
    packages: wordsOf(sections.packages),
    records: wordsOf(sections.records),
    specs: wordsOf(sections.specs),
    specWords: wordsOf(sections.specWords),
    places: wordsOf(sections.places),
    placed: [],
    decoded: [],
    ranges: new Map(),
    types: Array.from({ length: 16 }, (_, bits) => names.filter((name) => (bits & typeBits[name]) !== 0)),
  };
}

/** The text of a number.
 * @throws INDEX_INVALID */
export function textOf(decoder: IndexDecoder, id: number): string {
  const known = decoder.texts[id];
  if (known !== undefined) return known;
  const { textOffsets, text } = decoder;
  if (id + 1 >= textOffsets.length) throw indexInvalid(decoder.path, 'it refers to a text that it does not have');
  const value = text.toString('utf8', textOffsets[id], textOffsets[id + 1]);
  decoder.texts[id] = value;
  return value;
}

/** The metadata of the package with a number.
 * @throws INDEX_INVALID */
export function decodeRecipe(decoder: IndexDecoder, index: number): IndexedRecipe {
  const cursor = recordAt(decoder, index);
  const name = textOf(decoder, take(cursor)) as PackageName;
  const file = optionalText(decoder, take(cursor));
  const place = file === undefined ? undefined : { file };
  return {
    name,
    versions: many(cursor, () => decodeVersion(decoder, cursor)),
    variants: many(cursor, () => decodeVariant(decoder, cursor)),
    dependencies: many(cursor, () => decodeDependency(decoder, cursor)),
    conflicts: many(cursor, () => {
      const spec = specOf(decoder, take(cursor));
      const when = decodeWhen(decoder, cursor);
      return { spec, ...when, ...decodeMessage(decoder, cursor), ...placeOf(decoder, take(cursor)) };
    }),
    requires: many(cursor, () => decodeRequirement(decoder, cursor)),
    provides: many(cursor, () => ({ spec: specOf(decoder, take(cursor)), ...decodeWhen(decoder, cursor) })),
    ...(place !== undefined && { place }),
  };
}

function recordAt({ packages, records, path }: IndexDecoder, index: number): Cursor {
  return { words: records, path, at: packages[index] ?? records.length };
}

function decodeVersion(decoder: IndexDecoder, cursor: Cursor) {
  const version = textOf(decoder, take(cursor)) as Version;
  const flags = take(cursor);
  return { version, ...((flags & 1) !== 0 && { preferred: true }), ...((flags & 2) !== 0 && { deprecated: true }) };
}

function decodeVariant(decoder: IndexDecoder, cursor: Cursor): IndexedVariant {
  const text = () => textOf(decoder, take(cursor));
  const name = text();
  const flags = take(cursor);
  const kind = variantKinds[flags & 3];
  if (kind === undefined) throw indexInvalid(decoder.path, 'it has a variant of an unknown kind');
  const summary = optionalText(decoder, take(cursor));
  const when = decodeWhen(decoder, cursor);
  const value = kind === 'bool' ? (flags & variantFlags.on) !== 0 : many(cursor, text);
  const values = (flags & variantFlags.values) === 0 ? undefined : many(cursor, text);
  const sets = (flags & variantFlags.sets) === 0 ? undefined : many(cursor, () => many(cursor, text));
  const conditions = many(cursor, () => [text(), specOf(decoder, take(cursor))] as const);
  return {
    name,
    kind,
    default: value,
    ...(values !== undefined && { values }),
    ...(sets !== undefined && { sets }),
    ...(conditions.length > 0 && { valueWhen: Object.fromEntries(conditions) }),
    ...(summary !== undefined && { summary }),
    ...when,
  };
}

function decodeDependency(decoder: IndexDecoder, cursor: Cursor) {
  const spec = specOf(decoder, take(cursor));
  const when = decodeWhen(decoder, cursor);
  const bits = take(cursor);
  return { spec, types: decoder.types[bits & 15]!, ...when, ...placeOf(decoder, bits >>> 4) };
}

function decodeRequirement(decoder: IndexDecoder, cursor: Cursor) {
  const bits = take(cursor);
  const when = decodeWhen(decoder, cursor);
  const message = decodeMessage(decoder, cursor);
  const specs = many(cursor, () => specOf(decoder, take(cursor)));
  const policy = (bits & 1) === 0 ? ('any_of' as const) : ('one_of' as const);
  return { specs, policy, ...when, ...message, ...placeOf(decoder, bits >>> 1) };
}

function decodeWhen(decoder: IndexDecoder, cursor: Cursor): { when?: Spec } {
  const id = take(cursor);
  return id === 0 ? {} : { when: specOf(decoder, id - 1) };
}

function decodeMessage(decoder: IndexDecoder, cursor: Cursor): { message?: string } {
  const message = optionalText(decoder, take(cursor));
  return message === undefined ? {} : { message };
}

function placeOf(decoder: IndexDecoder, id: number): { place?: Place } {
  const known = decoder.placed[id];
  if (known !== undefined) return known;
  const cursor = { words: decoder.places, path: decoder.path, at: 2 * id };
  const file = optionalText(decoder, take(cursor));
  const line = take(cursor);
  const place = file === undefined ? {} : { place: line === 0 ? { file } : { file, line } };
  decoder.placed[id] = place;
  return place;
}

/** The spec of a number; those that it is made of have smaller numbers, so that no file leads around in circles. */
function specOf(decoder: IndexDecoder, id: number, depth = 0): Spec {
  const known = decoder.decoded[id];
  if (known !== undefined) return known;
  const { specs, specWords, path } = decoder;
  if (id >= specs.length) throw indexInvalid(path, 'it refers to a spec that it does not have');
  const cursor = { words: specWords, path, at: specs[id]! };
  const name = optionalText(decoder, take(cursor));
  const versions = rangeOf(decoder, take(cursor));
  const variants = many(cursor, () => [textOf(decoder, take(cursor)), decodeRequest(decoder, cursor)] as const);
  const platform = decodePlatform(decoder, cursor);
  const dependencies = many(cursor, () => {
    const part = take(cursor);
    if (part >= id || depth >= deepest) throw indexInvalid(path, 'a spec is a part of itself, or nested too deep');
    return specOf(decoder, part, depth + 1);
  });
  const spec: Spec = {
    ...(name !== undefined && { name: name as PackageName }),
    versions,
    variants: variants.length === 0 ? none : Object.fromEntries(variants),
    platform,
    dependencies,
  };
  decoder.decoded[id] = spec;
  return spec;
}

const none = {};
const deepest = 10;

function decodeRequest(decoder: IndexDecoder, cursor: Cursor): VariantRequest {
  const form = take(cursor);
  if (form < requestForms.values) return form === requestForms.on;
  return repeat(form - requestForms.values, () => textOf(decoder, take(cursor)));
}

function decodePlatform(decoder: IndexDecoder, cursor: Cursor): PlatformRequest {
  const text = () => optionalText(decoder, take(cursor));
  const [platform, os, target, compiler] = [text(), text(), text(), text()];
  if (platform === undefined && os === undefined && target === undefined && compiler === undefined) return none;
  return {
    ...(platform !== undefined && { platform }),
    ...(os !== undefined && { os }),
    ...(target !== undefined && { target }),
    ...(compiler !== undefined && { compiler: { name: compiler, versions: rangeOf(decoder, take(cursor)) } }),
  };
}

function rangeOf(decoder: IndexDecoder, id: number): VersionRange {
  if (id === 0) return anyVersion;
  const known = decoder.ranges.get(id);
  if (known !== undefined) return known;
  const range = parseVersionRange(textOf(decoder, id - 1));
  decoder.ranges.set(id, range);
  return range;
}

function optionalText(decoder: IndexDecoder, id: number): string | undefined {
  return id === 0 ? undefined : textOf(decoder, id - 1);
}

function take(cursor: Cursor): number {
  const word = cursor.words[cursor.at];
  if (word === undefined) throw indexInvalid(cursor.path, 'a record goes on behind its end');
  cursor.at += 1;
  return word;
}

function many<Item>(cursor: Cursor, read: () => Item): Item[] {
  return repeat(take(cursor), read);
}

function repeat<Item>(count: number, read: () => Item): Item[] {
  const items: Item[] = [];
  for (let index = 0; index < count; index += 1) items.push(read());
  return items;
}
