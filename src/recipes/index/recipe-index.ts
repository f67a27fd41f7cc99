import type { PackageName } from '../../model/names.ts';
import type { RecipeMetadata, VariantDeclaration } from '../../model/recipe.ts';
import type { Spec } from '../../model/spec.ts';
import type { UnreadLine } from './imported-package.ts';

/** A variant with what only foreign recipes state about it; the solver knows both. */
export interface IndexedVariant extends VariantDeclaration {
  /** Values that exist only where their condition holds. */
  readonly valueWhen?: Readonly<Record<string, Spec>>;
  /** Groups of values that cannot be combined with those of another group. */
  readonly sets?: readonly (readonly string[])[];
}

/** Metadata from an index. */
export interface IndexedRecipe extends RecipeMetadata {
  readonly variants: readonly IndexedVariant[];
}

/** One package as search sees it. */
export interface IndexEntry {
  readonly name: PackageName;
  readonly summary: string;
  readonly variants: readonly string[];
}

/** Metadata of many recipes, read from one file; `names`, `recipe` and `providers` are what a solver asks for. */
export interface RecipeIndex {
  /** What the index was made from, as its maker states it. */
  readonly source: string;
  /** Every package's name, sorted by code unit. */
  readonly names: () => readonly PackageName[];
  /** A package's metadata, decoded when it is first asked for; undefined where there is none.
   * @throws INDEX_INVALID when the record is damaged */
  readonly recipe: (name: PackageName) => IndexedRecipe | undefined;
  /** The packages that provide a virtual, in the order of preference; empty for what is no virtual. */
  readonly providers: (virtual: PackageName) => readonly PackageName[];
  /** Every package as search sees it, in the order of `names`. */
  readonly entries: () => Iterable<IndexEntry>;
  /** The lines of a package's recipe that could not be read. */
  readonly unread: (name: PackageName) => readonly UnreadLine[];
}
