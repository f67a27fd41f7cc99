import { satisfiesPlatform } from '../../../src/model/match-spec.ts';
import type { PackageName } from '../../../src/model/names.ts';
import type { Spec } from '../../../src/model/spec.ts';
import { anyVersion, includesVersion, isAnyVersion, rangesOverlap } from '../../../src/model/version-range.ts';
import type { SolveRequest } from '../../../src/solve/solve-types.ts';
import { type Candidate, candidatesOf, valuesOf } from './preferences.ts';

/** What a spec is for: to be met, or to be looked at. A provider that states no version of its virtual can meet any, but has none. */
type Purpose = 'need' | 'condition';

/** That a package stands in for a virtual. */
interface Provision {
  readonly number: number;
  readonly provider: PackageName;
  readonly virtual: PackageName;
  readonly versions: Spec['versions'];
  readonly when: Spec | undefined;
}

/** The facts about a request while they are collected. Specs, conditions and directives are numbers. */
export interface FactBook {
  readonly request: SolveRequest;
  readonly lines: string[];
  readonly candidates: ReadonlyMap<PackageName, readonly Candidate[]>;
  readonly provisions: readonly Provision[];
  count: number;
}

/** A book without facts, but with all that can be looked up in a request. */
export function openFactBook(request: SolveRequest): FactBook {
  const names = new Set([...request.names(), ...request.externals.map(({ name }) => name)]);
  const book: FactBook & { provisions: Provision[] } = {
    request,
    lines: [],
    candidates: new Map([...names].map((name) => [name, candidatesOf(request, name)])),
    provisions: [],
    count: 0,
  };
  for (const provider of names) {
    for (const { spec, when } of request.recipe(provider)?.provides ?? []) {
      const { name: virtual = provider, versions } = spec;
      book.provisions.push({ number: nextNumber(book), provider, virtual, versions, when });
    }
  }
  return book;
}

/** Writes one fact. Numbers are written as they are, texts quoted. */
export function addFact(book: FactBook, fact: string, ...terms: readonly (string | number)[]): void {
  const written = terms.map((term) => (typeof term === 'number' ? term : JSON.stringify(term)));
  book.lines.push(`${fact}(${written.join(', ')}).`);
}

/** A number that nothing has yet. */
export function nextNumber(book: FactBook): number {
  book.count += 1;
  return book.count;
}

/** Writes a condition of a package, what all the given specs together say of it and of others; gives its number. */
export function addCondition(book: FactBook, owner: PackageName, ...specs: readonly (Spec | undefined)[]): number {
  const condition = nextNumber(book);
  addFact(book, 'owner', condition, owner);
  for (const spec of specs) {
    for (const part of spec === undefined ? [] : [spec, ...spec.dependencies])
      addFact(book, 'part', condition, addSpec(book, part, part.name ?? owner, 'condition'));
  }
  return condition;
}

/** Writes a spec that is to be met, with what it asks of others behind `^`; gives its number. */
export function addNeed(book: FactBook, spec: Spec, about: PackageName): number {
  const need = addSpec(book, spec, about, 'need');
  for (const below of spec.dependencies)
    addFact(book, 'below', need, addSpec(book, below, below.name ?? about, 'need'));
  return need;
}

function addSpec(book: FactBook, spec: Spec, about: PackageName, purpose: Purpose): number {
  const number = nextNumber(book);
  addFact(book, 'on', number, about);
  if (!satisfiesPlatform(spec.platform, book.request.facts)) return number;
  const { build_type: buildType, ...others } = spec.variants;
  if (buildType !== undefined && isFact(book, about)) {
    const isSo = valuesOf(buildType).every((value) => value === book.request.facts.buildType);
    return isSo ? addSpec(book, { ...spec, variants: others }, about, purpose) : number;
  }
  if (!book.candidates.has(about)) addVirtualSpec(book, { number, spec, about, purpose });
  for (const [index, { version }] of (book.candidates.get(about) ?? []).entries())
    if (includesVersion(spec.versions, version)) addFact(book, 'allowed', number, index);
  for (const [variant, asked] of Object.entries(spec.variants))
    for (const value of valuesOf(asked)) addFact(book, 'asks', number, variant, value);
  return number;
}

/** True where the build type is a fact: on every package that has no variant of that name. */
function isFact(book: FactBook, name: PackageName): boolean {
  const recipe = book.request.recipe(name);
  return book.candidates.has(name) && !recipe?.variants.some((variant) => variant.name === 'build_type');
}

/** What is asked of a virtual: its version by what the provider states, its variants of the provider. */
function addVirtualSpec(
  book: FactBook,
  { number, spec, about, purpose }: { number: number; spec: Spec; about: PackageName; purpose: Purpose },
): void {
  const provisions = book.provisions.filter(({ virtual }) => virtual === about);
  for (const { number: provision, versions } of provisions) {
    const isVague = purpose === 'condition' && isAnyVersion(versions);
    const fits = isAnyVersion(spec.versions) || (!isVague && rangesOverlap(versions, spec.versions));
    if (fits) addFact(book, 'fits', number, provision);
  }
  for (const provider of new Set(provisions.map((one) => one.provider)))
    addFact(book, 'narrowed', number, provider, addSpec(book, { ...spec, versions: anyVersion }, provider, purpose));
}
