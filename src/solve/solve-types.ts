import type { Place } from '../core/farm-error.ts';
import type { LockedPlatform, VariantValue } from '../model/lock.ts';
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
  /** Asked only to see what would follow; it does not make a root of the package. */
  readonly isQuestion?: boolean;
}

/** A wish (`prefer`) or an order (`require`) about a package, or about all (`*`). */
export interface PackageRule {
  readonly name: PackageName | '*';
  /** Versions and variants; without a name. */
  readonly spec: Spec;
  /** Asks a variant only where the package has it, as a rule for all does. */
  readonly whereItExists?: boolean;
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
  /** An earlier solution, from which as little as can be is to change. */
  readonly keep?: LockedPlatform;
  /** Packages of `keep` that are to move to their best version, with what must follow. */
  readonly move?: readonly PackageName[];
  /** Packages that need not be built, which are preferred. */
  readonly reuse?: ReuseRequest;
}

/** A package that exists: somebody has built it. */
export interface ExistingPackage {
  readonly id: string;
  readonly name: PackageName;
  readonly version: string;
  readonly variants: Readonly<Record<string, VariantValue>>;
  /** What it was linked with and runs with, each by its id; externals left out. */
  readonly needs: readonly { readonly name: PackageName; readonly id: string }[];
}

/** Packages that exist, and how much that counts. */
export interface ReuseRequest {
  readonly packages: readonly ExistingPackage[];
  /** `first`: more than newer versions do; `last`: only between solutions that are equally good otherwise. */
  readonly rank: 'first' | 'last';
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

/** A variant with all that a recipe states about it. */
export type VariantDetails = VariantDeclaration;

/** What a solution is judged by, each before the next; `criterionNames` has the order. */
export type CriterionName =
  | 'twins'
  | 'downgrades'
  | 'updates'
  | 'changes'
  | 'builds'
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
  /** What the cost is made of; their costs add up to it. */
  readonly causes: readonly CriterionCause[];
}

/** A package's part in what a solution costs. */
export interface CriterionCause {
  /** The package's key in the lock; the virtual's name for a provider. */
  readonly key: string;
  readonly cost: number;
  /** What is so and what would be better, for people: `1.2 rather than 1.4`. */
  readonly says: string;
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
