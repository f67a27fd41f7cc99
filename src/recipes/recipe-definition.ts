import type { DependencyType } from '../model/recipe.ts';
import type { Builder } from './builder.ts';
import type { RecipeContext } from './recipe-context.ts';
import type { Step } from './recipe-step.ts';

/** One version: what its source is known by. Exactly one of `sha256` and `commit`, and neither for a directory. */
export interface VersionDefinition {
  /** Of the archive, 64 hexadecimal digits. */
  readonly sha256?: string;
  /** Where this version comes from, if not from where `source` says; an empty list when upstream has no such bytes. */
  readonly url?: string | readonly string[];
  /** The archive's file name in a Debian pool; the only address of an archive that Debian has repacked. */
  readonly debian?: string;
  /** The commit, 40 hexadecimal digits, for a source from git. */
  readonly commit?: string;
  readonly preferred?: boolean;
  readonly deprecated?: boolean;
}

/** One option. A boolean default makes an on/off option; `values` makes a choice of one, with `multi` of several. */
export interface VariantDefinition {
  readonly default: boolean | string | readonly string[];
  /** One that exists only under a condition is written with it. */
  readonly values?: readonly (string | { readonly value: string; readonly when: string })[];
  readonly multi?: boolean;
  /** With `multi`: groups of values that cannot be combined with those of another group. */
  readonly sets?: readonly (readonly string[])[];
  /** It departs from its default only where somebody asks for that, never to make something else possible. */
  readonly sticky?: boolean;
  readonly summary?: string;
  readonly when?: string;
}

/** One dependency in full; the short form is the text `spec : types`. */
export interface DependencyDefinition {
  readonly spec: string;
  /** `build` and `link` where nothing is said. */
  readonly type?: DependencyType | readonly DependencyType[];
  readonly when?: string;
  /** Its output enters the product (a code generator), so its identity enters the build hash. */
  readonly hashed?: boolean;
}

/** A combination that does not work: `spec` on this package, where `when` holds. */
export interface ConflictDefinition {
  readonly spec: string;
  readonly when?: string;
  readonly message?: string;
}

/** What must hold on this package: one of `anyOf`, or exactly one of `oneOf`. */
export interface RequirementDefinition {
  readonly anyOf?: readonly string[];
  readonly oneOf?: readonly string[];
  readonly when?: string;
  readonly message?: string;
}

/** A virtual package that this one stands in for. */
export interface ProvidesDefinition {
  readonly spec: string;
  readonly when?: string;
}

/** A patch file beside the recipe, applied before anything else is done. */
export interface PatchDefinition {
  readonly file: string;
  /** Leading path parts that are removed; 1 where nothing is said. */
  readonly strip?: number;
  readonly when?: string;
}

/** Where sources are: a function from the version to its addresses, a git repository, or a directory beside the recipe. */
export type SourceDefinition =
  | ((version: string) => string | readonly string[])
  | { readonly git: string }
  | { readonly directory: string };

/** The commands of a test; all must end with 0. They run at another prefix than the build's, in an empty folder. */
export type TestDefinition = (context: RecipeContext) => readonly Step[];

/** What a recipe file says: everything that is known about a package and how it is built. */
export interface RecipeDefinition {
  readonly name: string;
  /** What it is, in a few words, without a full stop. */
  readonly summary: string;
  readonly homepage?: string;
  /** An SPDX expression. */
  readonly license: string;
  readonly category: string;
  /** Who in the collaboration answers for it. */
  readonly contact?: string;
  readonly source?: SourceDefinition;
  readonly versions: Readonly<Record<string, VersionDefinition>>;
  readonly variants?: Readonly<Record<string, VariantDefinition>>;
  readonly depends?: readonly (string | DependencyDefinition)[];
  readonly conflicts?: readonly (string | ConflictDefinition)[];
  readonly requires?: readonly (string | RequirementDefinition)[];
  readonly provides?: readonly (string | ProvidesDefinition)[];
  readonly patches?: readonly (string | PatchDefinition)[];
  readonly build: Builder;
  /** One test, or several by name. */
  readonly test?: TestDefinition | Readonly<Record<string, TestDefinition>>;
}

/** Describes a package; a recipe file's default export. The loader validates it, so that errors name a place in the file. */
export function recipe(definition: RecipeDefinition): RecipeDefinition {
  return definition;
}
