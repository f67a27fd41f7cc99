import type { LockedPackage, VariantValue } from '../../../src/model/lock.ts';
import type { PackageName } from '../../../src/model/names.ts';
import type { ExistingPackage } from '../../../src/solve/solve-types.ts';
import { addFact, type FactBook } from './fact-book.ts';
import { valuesOf } from './preferences.ts';

/** Writes what there was before: an earlier solution in which every package is there once, and packages that exist. */
export function addHistory(book: FactBook): void {
  const { keep, move = [], reuse } = book.request;
  for (const name of keep === undefined ? [] : move) addFact(book, 'moving', name);
  for (const locked of Object.values(keep?.packages ?? {})) if (!move.includes(locked.name)) addKept(book, locked);
  if (reuse !== undefined) book.lines.push(`reuse(${reuse.rank}).`);
  for (const existing of reuse?.packages ?? []) addExisting(book, existing);
}

function addKept(book: FactBook, { name, version, variants, external, reasons }: LockedPackage): void {
  for (const { asks } of reasons) {
    const virtual = /^[\w.-]+/.exec(asks)?.[0] as PackageName | undefined;
    if (virtual === undefined || virtual === name || book.candidates.has(virtual)) continue;
    if (book.request.providers(virtual).includes(name)) addFact(book, 'kept_provider', virtual, name);
  }
  const candidates = book.candidates.get(name) ?? [];
  if (external !== undefined || candidates[0]?.external !== undefined) return;
  const index = candidates.findIndex((candidate) => candidate.version === version);
  if (index >= 0) addFact(book, 'kept_version', name, index);
  for (const [variant, value] of Object.entries(variants)) {
    addKeptValue(book, name, { variant, value });
    addPossibleTexts(book, name, { variant, value });
  }
}

function addKeptValue(
  book: FactBook,
  name: PackageName,
  { variant, value }: { variant: string; value: VariantValue },
): void {
  for (const [index, declaration] of (book.request.recipe(name)?.variants ?? []).entries()) {
    if (declaration.name !== variant || (declaration.kind === 'bool') !== (typeof value === 'boolean')) continue;
    const listed = [...(declaration.values ?? []), ...valuesOf(declaration.default)];
    const isText = declaration.kind !== 'bool' && declaration.values === undefined;
    const values = listOf(value);
    if (!isText && declaration.kind !== 'bool' && !values.every((one) => listed.includes(one))) continue;
    for (const one of values) addFact(book, 'kept_value', name, index, one);
  }
}

function addExisting(book: FactBook, { id, name, version, variants, needs }: ExistingPackage): void {
  const candidates = book.candidates.get(name) ?? [];
  const index = candidates.findIndex((candidate) => candidate.version === version);
  addFact(book, 'existing', id, name);
  if (index >= 0) addFact(book, 'existing_version', id, name, index);
  for (const need of needs) addFact(book, 'existing_need', id, need.name, need.id);
  for (const [variant, value] of Object.entries(variants)) {
    for (const one of listOf(value)) addFact(book, 'existing_value', id, variant, one);
    addPossibleTexts(book, name, { variant, value });
  }
}

/** A value of a package that exists is possible where any text is. */
function addPossibleTexts(
  book: FactBook,
  name: PackageName,
  { variant, value }: { variant: string; value: VariantValue },
): void {
  for (const [index, { name: declared, kind, values }] of (book.request.recipe(name)?.variants ?? []).entries()) {
    if (declared !== variant || kind === 'bool' || values !== undefined) continue;
    for (const one of listOf(value)) addFact(book, 'possible', name, index, one);
  }
}

function listOf(value: VariantValue): readonly string[] {
  return valuesOf(typeof value === 'string' ? [value] : value);
}
