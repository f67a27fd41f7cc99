import type { Digest } from '../core/digest-text.ts';
import type { BuildType } from '../model/build-type.ts';
import type { VariantValue } from '../model/lock.ts';
import type { PackageName } from '../model/names.ts';
import type { Platform } from '../model/platform.ts';
import type { DependencyType } from '../model/recipe.ts';

/** A direct dependency of a concrete package. */
export interface SubjectDependency {
  readonly name: PackageName;
  readonly version: string;
  readonly variants: Readonly<Record<string, VariantValue>>;
  readonly types: readonly DependencyType[];
  /** Present when it is taken from the base. */
  readonly external?: { readonly from: string };
  /** Its output enters the product though it is only a build tool; filled in from the recipe when it is evaluated. */
  readonly hashed?: boolean;
}

/** The concrete package for which a recipe is evaluated: all that the plan may depend on beside the recipe itself. */
export interface RecipeSubject {
  readonly name: PackageName;
  readonly version: string;
  readonly variants: Readonly<Record<string, VariantValue>>;
  /** With its build type. */
  readonly platform: Platform;
  readonly buildType: BuildType;
  /** The canonical store root. */
  readonly root: string;
  readonly dependencies: readonly SubjectDependency[];
  /** The digest of the recipe's source directory, for a recipe that has one. */
  readonly directoryDigest?: Digest;
}
