import type { PackageName } from '../../../src/model/names.ts';
import type { DependencyDeclaration, RecipeMetadata } from '../../../src/model/recipe.ts';
import { anyVersion } from '../../../src/model/version-range.ts';
import type { PackageRule, SolveRequest, VariantDetails } from '../../../src/solve/solve-types.ts';
import { addCondition, addFact, addNeed, type FactBook, nextNumber, openFactBook } from './fact-book.ts';
import { valuesOf, wishOf } from './preferences.ts';
import { addHistory } from './write-history.ts';

const metByPlatform = new Set(['c', 'cxx', 'fortran', 'libc']);

/** Writes what a request says as facts for the rules in `rules.lp`, one a line.
 * @param toolsApart whether tools for building may differ from what is used */
export function writeFacts(request: SolveRequest, toolsApart: boolean): string {
  const book = openFactBook(request);
  book.lines.push(`tools(${toolsApart ? 'build' : 'use'}).`);
  for (const name of book.candidates.keys()) addPackage(book, name);
  for (const { provider, virtual, number, when } of book.provisions)
    addFact(book, 'provides', provider, virtual, number, addCondition(book, provider, when));
  for (const virtual of new Set(book.provisions.map((one) => one.virtual)))
    if (!book.candidates.has(virtual)) addVirtual(book, virtual);
  for (const { spec } of request.roots) {
    if (spec.name === undefined) continue;
    addFact(book, 'root', addNeed(book, spec, spec.name));
    addFact(book, 'root_name', spec.name);
  }
  for (const rule of request.require) addRule(book, rule);
  addHistory(book);
  return book.lines.join('\n');
}

function isExternal(book: FactBook, name: PackageName): boolean {
  return book.candidates.get(name)?.[0]?.external !== undefined;
}

function addPackage(book: FactBook, name: PackageName): void {
  const recipe = book.request.recipe(name);
  addFact(book, 'package', name);
  for (const [index, { external, isUnwelcome }] of book.candidates.get(name)!.entries()) {
    addFact(book, 'candidate', name, index);
    if (isUnwelcome) addFact(book, 'unwelcome', name, index);
    if (external === undefined) continue;
    const defaults = Object.fromEntries((recipe?.variants ?? []).map((one) => [one.name, one.default]));
    for (const [variant, value] of Object.entries({ ...defaults, ...external.variants }))
      for (const one of valuesOf(value)) addFact(book, 'external_value', name, index, variant, one);
  }
  if (isExternal(book, name)) addFact(book, 'external', name);
  else if (recipe !== undefined) addRecipe(book, recipe);
}

function addRecipe(book: FactBook, recipe: RecipeMetadata): void {
  const { name } = recipe;
  for (const [index, declaration] of recipe.variants.entries()) addVariant(book, name, { index, declaration });
  for (const dependency of recipe.dependencies) addDependency(book, name, dependency);
  for (const { spec, when } of recipe.conflicts) addFact(book, 'conflict', addCondition(book, name, spec, when));
  for (const { specs, policy, when } of recipe.requires) {
    const directive = nextNumber(book);
    addFact(book, 'requirement', directive, addCondition(book, name, when));
    if (policy === 'one_of') addFact(book, 'one_of', directive);
    for (const [index, spec] of specs.entries())
      addFact(book, 'option', directive, index, addCondition(book, name, spec));
  }
}

function addVariant(
  book: FactBook,
  name: PackageName,
  { index, declaration }: { index: number; declaration: VariantDetails },
): void {
  const { kind, values, valueWhen = {}, sets = [] } = declaration;
  const wish = wishOf(book.request, name, declaration);
  addFact(book, 'variant', name, index, declaration.name, addCondition(book, name, declaration.when));
  if (kind === 'multi') addFact(book, 'multi', name, index);
  if (declaration.sticky) addFact(book, 'sticky', name, index);
  if (wish.isPreferred) addFact(book, 'preferred', name, index);
  const listed = kind === 'bool' ? ['true', 'false'] : [...valuesOf(declaration.default), ...(values ?? [])];
  const asked = kind === 'bool' || values !== undefined ? [] : valuesAskedOf(book.request, declaration.name);
  const possible = new Set([...listed, ...asked, ...(values === undefined ? wish.values : [])]);
  for (const value of possible) addFact(book, 'possible', name, index, value);
  for (const value of wish.values) addFact(book, 'wished', name, index, value);
  for (const [value, when] of Object.entries(valueWhen))
    addFact(book, 'value_when', name, index, value, addCondition(book, name, when));
  for (const [group, members] of sets.entries())
    for (const value of members) addFact(book, 'group', name, index, value, group);
}

/** The values that anything asks of a variant that can have any text, also of a package that stands in for a virtual. */
function valuesAskedOf(request: SolveRequest, variant: string): string[] {
  const recipes = request.names().flatMap((name) => request.recipe(name) ?? []);
  const directives = recipes.flatMap(({ dependencies, conflicts }) => [...dependencies, ...conflicts]);
  const requirements = recipes.flatMap(({ requires }) => requires);
  const specs = [
    ...[...request.roots, ...request.require].map(({ spec }) => spec),
    ...directives.flatMap(({ spec, when }) => [spec, when]),
    ...requirements.flatMap(({ specs: options, when }) => [...options, when]),
  ].filter((spec) => spec !== undefined);
  return specs
    .flatMap((spec) => [spec, ...spec.dependencies])
    .flatMap(({ variants }) => (variants[variant] === undefined ? [] : valuesOf(variants[variant])));
}

function addDependency(book: FactBook, owner: PackageName, { spec, types, when }: DependencyDeclaration): void {
  if (spec.name === undefined || metByPlatform.has(spec.name)) return;
  const directive = nextNumber(book);
  addFact(book, 'depends', directive, owner, spec.name);
  if (types.includes('link') || types.includes('run')) addFact(book, 'used', directive);
  addFact(book, 'condition', directive, addCondition(book, owner, when));
  addFact(book, 'needs', directive, addNeed(book, spec, spec.name));
  for (const name of [when?.name, ...(when?.dependencies ?? []).map((one) => one.name)])
    if (name !== undefined && name !== owner) addFact(book, 'relies', directive, name);
}

function addVirtual(book: FactBook, virtual: PackageName): void {
  const providers = book.request.providers(virtual);
  const isStacks = (name: PackageName) => book.request.externals.some((one) => one.name === name);
  const ordered = [...providers.filter(isStacks), ...providers.filter((name) => !isStacks(name))];
  addFact(book, 'virtual', virtual);
  for (const [index, provider] of ordered.entries()) addFact(book, 'rank', virtual, provider, index);
}

/** What the stack orders; an order for all packages asks a variant only where it exists, and nothing of externals. */
function addRule(book: FactBook, { name: subject, spec, whereItExists = subject === '*' }: PackageRule): void {
  for (const name of book.candidates.keys()) {
    if (subject !== '*' && subject !== name) continue;
    if (!whereItExists) addFact(book, 'must', addNeed(book, spec, name));
    if (!whereItExists || isExternal(book, name)) continue;
    addFact(book, 'must', addNeed(book, { ...spec, variants: {} }, name));
    for (const [variant, asked] of Object.entries(spec.variants)) {
      const part = { ...spec, versions: anyVersion, variants: { [variant]: asked } };
      addFact(book, 'must_where', name, variant, addNeed(book, part, name));
    }
  }
}
