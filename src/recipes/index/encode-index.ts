import type { Spec, VariantRequest } from '../../model/spec.ts';
import { formatVersionRange, isAnyVersion } from '../../model/version-range.ts';
import type { ResolvedPackage } from './resolve-package.ts';
import { createStringTable, type StringTable } from './string-table.ts';

/** Collects what an index stores, as numbers. */
export interface IndexEncoder {
  readonly strings: StringTable;
  /** Where each package's record begins in `records`, in the order of `addPackage`. */
  readonly packages: number[];
  readonly records: number[];
  /** Where each spec begins in `specWords`. */
  readonly specs: number[];
  readonly specWords: number[];
  /** Two numbers for each place: its file, with 1 added and 0 for none, and its line. */
  readonly places: number[];
  readonly placeIds: Map<string, number>;
  /** Four numbers for each line that could not be read: package, line, directive, reason. */
  readonly unread: number[];
  readonly specIds: Map<Spec, number>;
  readonly specIdByForm: Map<string, number>;
}

/** The bits of a dependency's types, in an index. */
export const typeBits = { build: 1, link: 2, run: 4, test: 8 } as const;

/** The kinds of variants, by their number in an index. */
export const variantKinds = ['bool', 'single', 'multi'] as const;

/** Flags of a variant's record beside its kind, which has the lowest two bits. */
export const variantFlags = { on: 4, values: 8, sets: 16 } as const;

/** What a spec can ask of a variant, by its number in an index; above are that many values. */
export const requestForms = { off: 0, on: 1, values: 2 } as const;

/** Makes an encoder with nothing in it. */
export function createIndexEncoder(): IndexEncoder {
  return {
    strings: createStringTable(),
    packages: [],
    records: [],
    specs: [],
    specWords: [],
    places: [],
    placeIds: new Map(),
    unread: [],
    specIds: new Map(),
    specIdByForm: new Map(),
  };
}

/** Adds a package; docs/formats/index.md describes its record. */
export function addPackage(encoder: IndexEncoder, resolved: ResolvedPackage): void {
  const { strings, records } = encoder;
  const { source } = resolved;
  const text = (value: string | undefined) => (value === undefined ? 0 : strings.idOf(value) + 1);
  const spec = (value: Spec | undefined) => (value === undefined ? 0 : specIdOf(encoder, value) + 1);
  encoder.packages.push(records.length);
  records.push(strings.idOf(source.name), text(source.file), resolved.versions.length);
  for (const { version, preferred, deprecated } of resolved.versions)
    records.push(strings.idOf(version), Number(preferred) + 2 * Number(deprecated));
  addVariants(encoder, resolved);
  records.push(resolved.dependencies.length);
  for (const { spec: needed, types, when, place } of resolved.dependencies) {
    const bits = types.reduce((sum, type) => sum | typeBits[type], 0);
    records.push(specIdOf(encoder, needed), spec(when), bits + 16 * placeIdOf(encoder, place));
  }
  records.push(resolved.conflicts.length);
  for (const { spec: excluded, when, message, place } of resolved.conflicts)
    records.push(specIdOf(encoder, excluded), spec(when), text(message), placeIdOf(encoder, place));
  records.push(resolved.requires.length);
  for (const { specs, policy, when, message, place } of resolved.requires) {
    records.push(Number(policy === 'one_of') + 2 * placeIdOf(encoder, place), spec(when), text(message), specs.length);
    records.push(...specs.map((one) => specIdOf(encoder, one)));
  }
  records.push(resolved.provides.length);
  for (const { spec: provided, when } of resolved.provides) records.push(specIdOf(encoder, provided), spec(when));
  const index = encoder.packages.length - 1;
  for (const { line, directive, reason } of resolved.unread)
    encoder.unread.push(index, line, strings.idOf(directive), strings.idOf(reason));
}

function placeIdOf({ placeIds, places, strings }: IndexEncoder, { file, line }: Place): number {
  const key = `${line} ${file}`;
  const known = placeIds.get(key);
  if (known !== undefined) return known;
  places.push(file === undefined ? 0 : strings.idOf(file) + 1, line);
  placeIds.set(key, placeIds.size);
  return placeIds.size - 1;
}

type Place = ResolvedPackage['dependencies'][number]['place'];

function addVariants(encoder: IndexEncoder, { variants }: ResolvedPackage): void {
  encoder.records.push(variants.length);
  for (const variant of variants) addVariant(encoder, variant);
}

function addVariant(
  encoder: IndexEncoder,
  { declaration, when, valueWhen }: ResolvedPackage['variants'][number],
): void {
  const { strings, records } = encoder;
  const { name, kind, default: value, values, sets, summary } = declaration;
  const list = (texts: readonly string[]) => {
    records.push(texts.length);
    for (const text of texts) records.push(strings.idOf(text));
  };
  records.push(strings.idOf(name), flagsOf(declaration), summary === undefined ? 0 : strings.idOf(summary) + 1);
  records.push(when === undefined ? 0 : specIdOf(encoder, when) + 1);
  if (kind !== 'bool') list(typeof value === 'boolean' ? [String(value)] : value);
  if (values !== undefined) list(values);
  if (sets !== undefined) {
    records.push(sets.length);
    for (const set of sets) list(set);
  }
  records.push(valueWhen.length);
  for (const [one, condition] of valueWhen) records.push(strings.idOf(one), specIdOf(encoder, condition));
}

function flagsOf({ kind, default: value, values, sets }: ResolvedPackage['variants'][number]['declaration']): number {
  return (
    variantKinds.indexOf(kind) |
    (value === true ? variantFlags.on : 0) |
    (values === undefined ? 0 : variantFlags.values) |
    (sets === undefined ? 0 : variantFlags.sets)
  );
}

/** The number of a spec; equal ones have one number, and those that a spec is made of have smaller ones. */
function specIdOf(encoder: IndexEncoder, spec: Spec): number {
  const known = encoder.specIds.get(spec);
  if (known !== undefined) return known;
  const words = wordsOfSpec(encoder, spec);
  const form = words.join();
  let id = encoder.specIdByForm.get(form);
  if (id === undefined) {
    id = encoder.specs.length;
    encoder.specIdByForm.set(form, id);
    encoder.specs.push(encoder.specWords.length);
    encoder.specWords.push(...words);
  }
  encoder.specIds.set(spec, id);
  return id;
}

function wordsOfSpec(encoder: IndexEncoder, spec: Spec): number[] {
  const { strings } = encoder;
  const text = (value: string | undefined) => (value === undefined ? 0 : strings.idOf(value) + 1);
  const { platform, versions } = spec;
  const { compiler } = platform;
  const range = (value: Spec['versions']) => (isAnyVersion(value) ? 0 : text(formatVersionRange(value)));
  const variants = Object.entries(spec.variants);
  return [
    text(spec.name),
    range(versions),
    variants.length,
    ...variants.flatMap(([name, request]) => [strings.idOf(name), ...wordsOfRequest(strings, request)]),
    text(platform.platform),
    text(platform.os),
    text(platform.target),
    text(compiler?.name),
    ...(compiler === undefined ? [] : [range(compiler.versions)]),
    spec.dependencies.length,
    ...spec.dependencies.map((dependency) => specIdOf(encoder, dependency)),
  ];
}

function wordsOfRequest(strings: StringTable, request: VariantRequest): number[] {
  if (typeof request === 'boolean') return [request ? requestForms.on : requestForms.off];
  return [requestForms.values + request.length, ...request.map((value) => strings.idOf(value))];
}
