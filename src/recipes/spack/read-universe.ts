import type { DependencyType } from '../../model/recipe.ts';
import type { ImportedPackage, ImportedVariant } from '../index/imported-package.ts';

/** A dump of the metadata of Spack packages, as far as it is used. */
interface Universe {
  readonly packages: Readonly<Record<string, UniversePackage>>;
}

interface UniversePackage {
  readonly virtual?: boolean;
  readonly versions?: readonly (string | { readonly v: string; preferred?: boolean; deprecated?: boolean })[];
  readonly variants?: readonly UniverseVariant[];
  readonly depends_on?: readonly { readonly spec: string; type: readonly DependencyType[]; when?: readonly string[] }[];
  readonly conflicts?: readonly { readonly spec: string; when?: readonly string[]; msg?: string }[];
  readonly requires?: readonly {
    readonly specs: readonly string[];
    readonly policy: 'any_of' | 'one_of';
    readonly when?: readonly string[];
    readonly msg?: string;
  }[];
  readonly provides?: readonly { readonly specs: readonly string[]; when?: readonly string[] }[];
}

interface UniverseVariant {
  readonly name: string;
  readonly kind: 'bool' | 'single' | 'multi';
  readonly default: unknown;
  readonly values?: readonly unknown[] | null;
  readonly sets?: readonly (readonly string[])[];
  readonly value_when?: Readonly<Record<string, string | readonly string[]>>;
  readonly when?: readonly string[];
}

/** The packages of a dump of Spack's metadata in JSON (`{ packages: { name: { versions, variants, depends_on, ... } } }`). */
export function packagesOfUniverse(universe: Universe): ImportedPackage[] {
  return Object.entries(universe.packages)
    .filter(([, { virtual }]) => !virtual)
    .map(([name, source]) => ({
      name,
      file: `${name}/package.py`,
      versions: (source.versions ?? []).map((entry) => {
        if (typeof entry === 'string') return { version: entry };
        const { v, preferred = false, deprecated = false } = entry;
        return { version: v, preferred, deprecated };
      }),
      variants: (source.variants ?? []).map(variantOf),
      dependencies: (source.depends_on ?? []).map(({ spec, type, when }) => ({ spec, types: type, ...whenOf(when) })),
      conflicts: (source.conflicts ?? []).map(({ spec, when, msg }) => ({ spec, ...whenOf(when), ...messageOf(msg) })),
      requires: (source.requires ?? []).map(({ specs, policy, when, msg }) => ({
        specs,
        policy,
        ...whenOf(when),
        ...messageOf(msg),
      })),
      provides: (source.provides ?? []).map(({ specs, when }) => ({ specs, ...whenOf(when) })),
      unread: [],
    }));
}

function variantOf(variant: UniverseVariant): ImportedVariant {
  const { name, kind, values, sets, when } = variant;
  const defaults = variant.default;
  const conditions = Object.entries(variant.value_when ?? {}).map(([value, texts]) => [value, [texts].flat()] as const);
  return {
    name,
    kind,
    default: kind === 'bool' ? defaults === true : String(defaults).split(','),
    ...(values ? { values: values.map(String) } : {}),
    ...(sets ? { sets } : {}),
    ...(conditions.length > 0 ? { valueWhen: Object.fromEntries(conditions) } : {}),
    ...whenOf(when),
  };
}

function whenOf(when: readonly string[] | undefined): { when?: readonly string[] } {
  return when === undefined ? {} : { when };
}

function messageOf(message: string | undefined): { message?: string } {
  return message === undefined ? {} : { message };
}
