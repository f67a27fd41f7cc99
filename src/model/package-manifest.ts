import type { Digest } from '../core/digest-text.ts';
import type { VariantValue } from './lock.ts';
import type { BuildHash, PackageName } from './names.ts';
import type { PlanTest } from './plan.ts';
import type { DependencyType } from './recipe.ts';

/** One entry of a package, by its path below the package's prefix. */
export type PackageEntry =
  | { readonly path: string; readonly type: 'directory'; readonly mode: number }
  | { readonly path: string; readonly type: 'symlink'; readonly target: string }
  | { readonly path: string; readonly type: 'hardlink'; readonly target: string }
  | {
      readonly path: string;
      readonly type: 'file';
      readonly mode: number;
      readonly size: number;
      /** Of the bytes in the package, before relocation. */
      readonly digest: Digest;
    };

/** Where a file carries the build root. `text`: the root may be replaced by one of any length;
 * `binary`: the replacement is filled up with `/` to the same length. Symbolic links carry it in their target. */
export interface PackageRelocation {
  readonly path: string;
  readonly kind: 'text' | 'binary' | 'symlink';
  /** Byte offsets of each occurrence, ascending; `[0]` for a symbolic link. */
  readonly offsets: readonly number[];
}

/** What the dynamic loader must find, taken from the ELF files themselves. */
export interface PackageElf {
  readonly path: string;
  readonly soname?: string;
  readonly needed: readonly string[];
  /** The newest GLIBC symbol version that the file uses: `2.34`. */
  readonly glibc?: string;
}

/** A package that this one links or runs with. */
export interface PackageDependency {
  readonly name: PackageName;
  readonly buildHash: BuildHash;
  /** The folder's name in a store. */
  readonly storeName: string;
  readonly types: readonly DependencyType[];
}

/** `.binfarm/package.json`, the first file of every package: all that is known about it, and nothing that depends on when or where it was built. */
export interface PackageManifest {
  readonly format: 'binfarm.package/1';
  readonly name: PackageName;
  readonly version: string;
  readonly variants: Readonly<Record<string, VariantValue>>;
  readonly platform: string;
  readonly buildHash: BuildHash;
  readonly storeName: string;
  /** The absolute path that the store had in the build, without a slash at the end. */
  readonly root: string;
  readonly summary: string;
  readonly homepage?: string;
  readonly license: string;
  readonly category: string;
  readonly dependencies: readonly PackageDependency[];
  readonly entries: readonly PackageEntry[];
  readonly relocations: readonly PackageRelocation[];
  /** Occurrences of the root that cannot be patched, with the reason; a package with any is not relocatable. */
  readonly notRelocatable: readonly { readonly path: string; readonly reason: string }[];
  readonly elf: readonly PackageElf[];
  readonly tests: readonly PlanTest[];
  readonly provenance: {
    readonly plan: Digest;
    readonly sources: readonly { readonly file: string; readonly digest: Digest }[];
    readonly base: string;
    readonly buildTools: readonly { readonly name: string; readonly version: string; readonly from: string }[];
  };
}
