import { isFarmError } from '../../core/farm-error.ts';
import { intersectSpecs } from '../../model/match-spec.ts';
import { isPackageName } from '../../model/names.ts';
import type { DependencyType } from '../../model/recipe.ts';
import type { Spec } from '../../model/spec.ts';
import { parseVersion, type Version } from '../../model/version.ts';
import { anyVersion } from '../../model/version-range.ts';
import type { ImportedPackage, ImportedVariant, UnreadLine } from './imported-package.ts';
import { parseImportedSpec } from './parse-imported-spec.ts';

/** A directive whose conditions are one spec. */
interface ResolvedDirective {
  readonly when: Spec | undefined;
  readonly place: { readonly file: string | undefined; readonly line: number };
}

/** A package whose specs are parsed and whose directives can all hold: what an index stores. */
export interface ResolvedPackage {
  readonly source: ImportedPackage;
  readonly versions: readonly {
    readonly version: Version;
    readonly preferred: boolean;
    readonly deprecated: boolean;
  }[];
  readonly variants: readonly (ResolvedDirective & {
    readonly declaration: ImportedVariant;
    readonly valueWhen: readonly (readonly [value: string, when: Spec])[];
  })[];
  readonly dependencies: readonly (ResolvedDirective & {
    readonly spec: Spec;
    readonly types: readonly DependencyType[];
  })[];
  readonly conflicts: readonly (ResolvedDirective & { readonly spec: Spec; readonly message: string | undefined })[];
  readonly requires: readonly (ResolvedDirective & {
    readonly specs: readonly Spec[];
    readonly policy: 'any_of' | 'one_of';
    readonly message: string | undefined;
  })[];
  readonly provides: readonly (ResolvedDirective & { readonly spec: Spec })[];
  /** What the importer could not read, and what the model cannot hold. */
  readonly unread: readonly UnreadLine[];
}

/** Parses specs, each text only once, also over several packages. */
export type SpecReader = (text: string) => Spec | { readonly unread: string };

/** What imported directives have in common. */
type Directive = Pick<ImportedVariant, 'when' | 'file' | 'line'>;

/** What is being resolved. */
interface Work {
  readonly own: string;
  readonly file: string | undefined;
  readonly variants: ReadonlySet<string>;
  readonly languages: ReadonlyMap<string, readonly (readonly string[])[]>;
  readonly read: SpecReader;
  readonly unread: UnreadLine[];
}

/** Makes a reader of specs that remembers what it has parsed. */
export function createSpecReader(): SpecReader {
  const known = new Map<string, ReturnType<SpecReader>>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const result = readSpec(text);
    known.set(text, result);
    return result;
  };
}

function readSpec(text: string): ReturnType<SpecReader> {
  try {
    return parseImportedSpec(text);
  } catch (error) {
    if (isFarmError(error)) return { unread: error.message };
    throw error;
  }
}

/** Parses the specs of an imported package and joins the conditions of each directive to one. Directives that can never hold, because their
 * conditions exclude each other or name a variant that the package does not have, are left out, as Spack never looks at them. */
export function resolvePackage(source: ImportedPackage, read: SpecReader): ResolvedPackage {
  const variants = new Set(source.variants.map(({ name }) => name));
  const { name: own, file } = source;
  const work: Work = { own, file, variants, languages: languagesOf(source), read, unread: [...source.unread] };
  return {
    source,
    versions: resolveVersions(source, work),
    variants: resolveEach(source.variants, 'variant', work, (variant) => ({
      declaration: variant,
      valueWhen: resolveValues(variant, work),
    })),
    dependencies: resolveEach(source.dependencies.filter(isUsed), 'depends_on', work, ({ spec, types, line }) => {
      const found = specOf(spec, { directive: 'depends_on', line }, work);
      return found === undefined ? undefined : { spec: found, types };
    }),
    conflicts: resolveEach(source.conflicts, 'conflicts', work, ({ spec, message, line }) => {
      const found = specOf(spec, { directive: 'conflicts', line }, work);
      return found === undefined || !canHold(found, work) ? undefined : { spec: found, message };
    }),
    requires: resolveEach(source.requires, 'requires', work, ({ specs, policy, message, line }) => {
      const found = specs.map((spec) => specOf(spec, { directive: 'requires', line }, work));
      if (found.includes(undefined)) return undefined;
      const possible = found.filter((spec) => spec !== undefined).filter((spec) => canHold(spec, work));
      return possible.length === 0 ? undefined : { specs: possible, policy, message };
    }),
    provides: resolveEach(source.provides, 'provides', work, ({ specs, line }) => ({
      specs: specs.map((spec) => specOf(spec, { directive: 'provides', line }, work)),
    })).flatMap(({ specs, when, place }) =>
      specs.flatMap((spec) => (spec?.name === undefined ? [] : { spec, when, place })),
    ),
    unread: work.unread,
  };
}

function resolveVersions({ versions }: ImportedPackage, { unread }: Work): ResolvedPackage['versions'] {
  return versions.flatMap(({ version, preferred = false, deprecated = false }) => {
    try {
      return { version: parseVersion(version), preferred, deprecated };
    } catch (error) {
      if (!isFarmError(error)) throw error;
      unread.push({ line: 0, directive: 'version', reason: error.message });
      return [];
    }
  });
}

/** The directives whose conditions can hold, with those conditions as one spec. */
function resolveEach<Item extends Directive, Result extends object>(
  items: readonly Item[],
  directive: string,
  work: Work,
  resolve: (item: Item) => Result | undefined,
): (Result & ResolvedDirective)[] {
  return items.flatMap((item) => {
    const { line = 0, file = work.file } = item;
    const conditions = alternativesOf(item.when ?? [], work)
      .map((texts) => joinConditions(texts, { directive, line }, work))
      .filter((when) => when !== 'never');
    if (conditions.length === 0) return [];
    const resolved = resolve(item);
    return resolved === undefined ? [] : conditions.map((when) => ({ ...resolved, when, place: { file, line } }));
  });
}

/** `%c` says that the package itself needs the language, so it holds where one of its dependencies on `c` does. */
function alternativesOf(texts: readonly string[], { languages }: Work): (readonly string[])[] {
  return texts.reduce<(readonly string[])[]>(
    (alternatives, text) => {
      const needs = /^%(?:c|cxx|fortran)$/.test(text) ? (languages.get(text.slice(1)) ?? []) : [[text]];
      return alternatives.flatMap((before) => needs.map((more) => [...before, ...more]));
    },
    [[]],
  );
}

/** The tests of foreign recipes are not run, so what only they need is not in an index. */
function isUsed({ types }: ImportedPackage['dependencies'][number]): boolean {
  return types.some((type) => type !== 'test');
}

/** The conditions under which a package needs each language; just an empty one where it always does. */
function languagesOf({ dependencies }: ImportedPackage): ReadonlyMap<string, readonly (readonly string[])[]> {
  const languages = new Map<string, (readonly string[])[]>();
  for (const { spec, when = [] } of dependencies)
    if (/^(?:c|cxx|fortran)$/.test(spec)) languages.set(spec, [...(languages.get(spec) ?? []), when]);
  for (const [language, conditions] of languages) {
    const always = conditions.find((when) => when.length === 0);
    if (always !== undefined) languages.set(language, [always]);
  }
  return languages;
}

function resolveValues({ valueWhen = {}, line }: ImportedVariant, work: Work): (readonly [string, Spec])[] {
  return Object.entries(valueWhen).flatMap(([value, conditions]) => {
    const when = joinConditions(conditions, { directive: 'variant', line }, work);
    return when === undefined || when === 'never' ? [] : [[value, when] as const];
  });
}

function joinConditions(
  texts: readonly string[],
  at: { readonly directive: string; readonly line?: number | undefined },
  work: Work,
): Spec | undefined | 'never' {
  let joined: Spec | undefined;
  for (const text of texts) {
    const spec = specOf(text, at, work);
    if (spec === undefined) return 'never';
    const own = aboutOwn(spec, work);
    joined = joined === undefined ? own : intersectSpecs(joined, own);
    if (joined === undefined) return 'never';
  }
  return joined === undefined || canHold(joined, work) ? joined : 'never';
}

/** A condition that names another package is one on what is below the own one. */
function aboutOwn(spec: Spec, { own }: Work): Spec {
  const { name, ...rest } = spec;
  if (name === undefined) return spec;
  if (name === own) return rest;
  return { versions: anyVersion, variants: {}, platform: {}, dependencies: [spec] };
}

function canHold(spec: Spec, { own, variants }: Work): boolean {
  if (spec.name !== undefined && spec.name !== own) return true;
  return Object.keys(spec.variants).every((name) => variants.has(name));
}

function specOf(
  text: string,
  { directive, line = 0 }: { readonly directive: string; readonly line?: number | undefined },
  { read, unread }: Work,
): Spec | undefined {
  const spec = read(text);
  if (!('unread' in spec)) return spec;
  unread.push({ line, directive, reason: spec.unread });
  return undefined;
}

/** True when an imported package's name can be one of binfarm's. */
export function isUsable({ name }: ImportedPackage): boolean {
  return isPackageName(name);
}
