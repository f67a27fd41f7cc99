import type { PackageName } from './names.ts';
import type { VersionRange } from './version-range.ts';

/** The value asked of a variant: on or off, or one or more named values. Values are sorted and distinct. */
export type VariantRequest = boolean | readonly string[];

/** What a spec can ask of the platform; these are facts, never choices of the solver. */
export interface PlatformRequest {
  /** The compiler and its versions: `%gcc@12:`. */
  readonly compiler?: { readonly name: string; readonly versions: VersionRange };
  readonly platform?: string;
  readonly os?: string;
  readonly target?: string;
}

/** What someone asks for: `hepmc3@3.1: +python cxxstd=17 ^zlib@1.2:`; without a name it is a condition on a package that the context names. */
export interface Spec {
  readonly name?: PackageName;
  /** The union of ranges that the version must lie in; `anyVersion` when nothing is asked. */
  readonly versions: VersionRange;
  readonly variants: Readonly<Record<string, VariantRequest>>;
  readonly platform: PlatformRequest;
  /** Requirements on packages anywhere below: `^zlib@1.2:`. */
  readonly dependencies: readonly Spec[];
}
