/** The root file system that builds see: assembled from named packages of the distribution, read-only, known by its content. */
export interface Base {
  /** sha256 over the names, versions and file checksums of its packages; 64 hexadecimal digits. */
  readonly id: string;
  /** Where its tree is on this machine. */
  readonly directory: string;
  readonly os: string;
  /** The distribution's packages in it, as `name=version`, sorted. */
  readonly packages: readonly string[];
}

/** What a base must hold. */
export interface BaseRequest {
  /** As in a platform's name: `debian12`. */
  readonly os: string;
  readonly compiler: { readonly name: string; readonly version: string };
  /** Further packages of the distribution, for externals. */
  readonly packages: readonly string[];
}
