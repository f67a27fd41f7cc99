import type { AreaSource } from '../../area/area-index.ts';
import type { AreaKey } from '../../area/remember-key.ts';
import type { Digest } from '../../core/digest-text.ts';
import type { BuildHash, PackageName } from '../../model/names.ts';

/** A package that is to be in an area, whoever says so: the lock of a farm, or a signed release. */
export interface WantedPackage {
  readonly name: PackageName;
  readonly version: string;
  readonly platform: string;
  readonly buildHash: BuildHash;
  readonly storeName: string;
  readonly digest: Digest;
  readonly size: number;
  readonly diffId: Digest;
  /** Store names of everything that it needs to run. */
  readonly needs: readonly string[];
  /** Other names that folders of the store get in its files, its own among them; absent for a package that is used as it was packed. */
  readonly renames?: Readonly<Record<string, string>>;
  /** Asked for by name, not only needed by another. */
  readonly asked: boolean;
  /** True when nobody whom the area believes vouches for it. */
  readonly insecure?: true;
}

/** What is to be in use in an area together. */
export interface WantedContents {
  readonly farm: string;
  readonly platform: string;
  /** The longest path, in bytes, that the packages can be installed at. */
  readonly longestRoot: number;
  readonly packages: readonly WantedPackage[];
  /** The release that this is, where it is one. */
  readonly release?: string;
  /** To be remembered in the area, for updates. */
  readonly source?: AreaSource;
  /** To be believed in the area from now on. */
  readonly key?: AreaKey;
}
