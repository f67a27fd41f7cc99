import type { Place } from '../core/farm-error.ts';
import type { PackageName } from './names.ts';
import type { Spec } from './spec.ts';
import type { Version } from './version.ts';

/** When a dependency is needed: to build, linked into the result, when it runs, when it is tested. */
export type DependencyType = 'build' | 'link' | 'run' | 'test';

/** A version that a recipe can build. */
export interface VersionDeclaration {
  readonly version: Version;
  /** Chosen before newer ones when nothing else decides. */
  readonly preferred?: boolean;
  readonly deprecated?: boolean;
}

/** An option of a package; it exists only where `when` holds. */
export interface VariantDeclaration {
  readonly name: string;
  readonly kind: 'bool' | 'single' | 'multi';
  readonly default: boolean | readonly string[];
  /** The values it can have; absent for `bool` and where any text is allowed. */
  readonly values?: readonly string[];
  readonly summary?: string;
  readonly when?: Spec;
  /** Values that exist only where their condition holds. */
  readonly valueWhen?: Readonly<Record<string, Spec>>;
  /** Groups of values that cannot be combined with those of another group. */
  readonly sets?: readonly (readonly string[])[];
  /** Departs from its default only where somebody asks for the value, never to make something else possible. */
  readonly sticky?: boolean;
}

/** A package that is needed, where `when` holds. */
export interface DependencyDeclaration {
  readonly spec: Spec;
  readonly types: readonly DependencyType[];
  readonly when?: Spec;
  readonly place?: Place;
}

/** A combination that does not work: `spec` must not hold on the package where `when` does. */
export interface ConflictDeclaration {
  readonly spec: Spec;
  readonly when?: Spec;
  readonly message?: string;
  readonly place?: Place;
}

/** At least one of (`any_of`) or exactly one of (`one_of`) `specs` must hold on the package where `when` does. */
export interface RequirementDeclaration {
  readonly specs: readonly Spec[];
  readonly policy: 'any_of' | 'one_of';
  readonly when?: Spec;
  readonly message?: string;
  readonly place?: Place;
}

/** A virtual package (`mpi`, `blas`) that this one stands in for, where `when` holds. */
export interface ProvidesDeclaration {
  readonly spec: Spec;
  readonly when?: Spec;
}

/** The part of a recipe that the solver reads: plain data, no functions. */
export interface RecipeMetadata {
  readonly name: PackageName;
  readonly versions: readonly VersionDeclaration[];
  readonly variants: readonly VariantDeclaration[];
  readonly dependencies: readonly DependencyDeclaration[];
  readonly conflicts: readonly ConflictDeclaration[];
  readonly requires: readonly RequirementDeclaration[];
  readonly provides: readonly ProvidesDeclaration[];
  readonly place?: Place;
}
