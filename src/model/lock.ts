import type { Digest } from '../core/digest-text.ts';
import type { PackageName } from './names.ts';
import type { DependencyType } from './recipe.ts';

/** The value that a variant has in a solved package. */
export type VariantValue = boolean | string | readonly string[];

/** Why a package is in the solution: one requirement that led to it, with where it was written. */
export interface LockReason {
  /** Who asked: a set of the stack (`set generators`) or another package (`hepmc3`). */
  readonly from: string;
  /** What was asked, as a spec. */
  readonly asks: string;
}

/** One solved package. */
export interface LockedPackage {
  readonly name: PackageName;
  readonly version: string;
  readonly variants: Readonly<Record<string, VariantValue>>;
  /** Direct dependencies, by key in `LockedPlatform.packages`; sorted by name. */
  readonly dependencies: readonly { readonly key: string; readonly types: readonly DependencyType[] }[];
  /** Present when the package is taken from the base instead of being built. */
  readonly external?: { readonly from: string };
  readonly reasons: readonly LockReason[];
}

/** The solution for one platform. */
export interface LockedPlatform {
  /** Keys of the packages that each set asks for. */
  readonly sets: Readonly<Record<string, readonly string[]>>;
  /** Every package by key: the name, with `#build` or `#build-NAME` behind it for a tool that differs from what is used, or `#SET` for one that a set which is apart has. */
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** binfarm.lock: the solved stack for every platform. */
export interface Lock {
  readonly format: 'binfarm.lock/1';
  /** Digest of all that the solution depends on: the stack's requests and the recipes' metadata. */
  readonly inputs: Digest;
  readonly platforms: Readonly<Record<string, LockedPlatform>>;
}
