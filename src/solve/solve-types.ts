import type { Place } from '../core/farm-error.ts';
import type { LockedPlatform } from '../model/lock.ts';
import type { PackageName } from '../model/names.ts';
import type { RecipeMetadata, VariantDeclaration } from '../model/recipe.ts';
import type { Spec } from '../model/spec.ts';
import type { Version } from '../model/version.ts';

/** A package that somebody asks for, with where that was written. */
export interface RootRequest {
  readonly spec: Spec;
  /** The set that holds it. */
  readonly set: string;
  readonly place?: Place;
}

/** A wish (`prefer`) or an order (`require`) about a package, or about all (`*`). */
export interface PackageRule {
  readonly name: PackageName | '*';
  /** Versions and variants; without a name. */
  readonly spec: Spec;
  readonly place?: Place;
}

/** A package that is taken from the base and never built. */
export interface ExternalPackage {
  readonly name: PackageName;
  readonly version: Version;
  readonly variants: Readonly<Record<string, boolean | readonly string[]>>;
  readonly from: string;
  readonly place?: Place;
}

/** What is true of the platform; conditions on it are decided by these. */
export interface PlatformFacts {
  readonly arch: string;
  readonly os: string;
  readonly compiler: { readonly name: string; readonly version: Version };
  readonly buildType: string;
}

/** All that a solution depends on. */
export interface SolveRequest {
  /** Gives a recipe's metadata by name, undefined where there is none. */
  readonly recipe: (name: PackageName) => RecipeMetadata | undefined;
  /** Names of packages that provide a virtual, in the order of preference. */
  readonly providers: (virtual: PackageName) => readonly PackageName[];
  /** Every recipe's name, for "did you mean". */
  readonly names: () => readonly PackageName[];
  readonly roots: readonly RootRequest[];
  readonly prefer: readonly PackageRule[];
  readonly require: readonly PackageRule[];
  readonly externals: readonly ExternalPackage[];
  readonly facts: PlatformFacts;
}

/** One directive that takes part in a conflict. */
export interface ConflictingDirective {
  /** Who says it: a set, a rule of the stack, or a package's recipe. */
  readonly from: string;
  /** What it says, for people: `needs zlib@1.3:`. */
  readonly says: string;
  readonly place?: Place;
}

/** Why a request has no solution. */
export interface Explanation {
  readonly directives: readonly ConflictingDirective[];
  /** Changes that would help, each a sentence or a command. */
  readonly hints: readonly string[];
}

/** A variant with what only some recipes state about it. */
export interface VariantDetails extends VariantDeclaration {
  /** Values that exist only where their condition holds. */
  readonly valueWhen?: Readonly<Record<string, Spec>>;
  /** Groups of values that cannot be combined with those of another group. */
  readonly sets?: readonly (readonly string[])[];
}

/** What a solution is judged by, each before the next; `criterionNames` has the order. */
export type CriterionName =
  | 'twins'
  | 'unwelcome versions'
  | 'versions of roots'
  | 'preferred variants'
  | 'default variants'
  | 'providers'
  | 'versions'
  | 'packages';

/** How far a solution is from what is best by one criterion; no other solution is nearer. */
export interface CriterionCost {
  readonly name: CriterionName;
  readonly cost: number;
}

/** A solution, or the reason that there is none. */
export type SolveResult =
  | {
      readonly solved: true;
      readonly platform: LockedPlatform;
      readonly criteria: readonly CriterionCost[];
      /** Tools for building had to be solved apart from what is used, since no one version of each package suits both. */
      readonly toolsApart: boolean;
    }
  | { readonly solved: false; readonly explanation: Explanation };
