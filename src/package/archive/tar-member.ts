import type { PackageEntry, PackageManifest } from '../../model/package-manifest.ts';

/** The folder of a prefix that belongs to binfarm; a build must not write it. */
export const metadataFolder = '.binfarm';

/** Where the manifest lies below the prefix. */
export const manifestPath = `${metadataFolder}/package.json`;

/** One member of a package's tar. */
export interface TarMember {
  /** Relative to `/`; a directory's ends with a slash. */
  readonly name: string;
  readonly type: PackageEntry['type'];
  readonly mode: number;
  /** 0 for all but files. */
  readonly size: number;
  /** The target of a symbolic or hard link; the latter relative to `/`. */
  readonly linkName: string;
  /** Absent for the folders above the prefix and for binfarm's own members. */
  readonly entry?: PackageEntry;
}

/** The folder of a package in its tar: relative to `/`, with a slash at the end. */
export function tarPrefixOf(place: Pick<PackageManifest, 'root' | 'storeName'>): string {
  return `${place.root.slice(1)}/store/${place.storeName}/`;
}

/** Every member of a package's tar in order: parents, metadata, then the entries. A package's tar is a function of its manifest,
 * so a reader compares what it finds with this and needs no tar parser. */
export function* tarMembersOf(manifest: PackageManifest, manifestSize: number): Generator<TarMember> {
  const prefix = tarPrefixOf(manifest);
  for (let slash = prefix.indexOf('/'); slash >= 0; slash = prefix.indexOf('/', slash + 1)) {
    yield directory(prefix.slice(0, slash + 1));
  }
  yield directory(`${prefix}${metadataFolder}/`);
  yield { name: prefix + manifestPath, type: 'file', mode: 0o644, size: manifestSize, linkName: '' };
  const modes = new Map<string, number>();
  for (const entry of manifest.entries) {
    if (entry.type === 'file') modes.set(entry.path, entry.mode);
    yield memberOf(prefix, entry, modes);
  }
}

function memberOf(prefix: string, entry: PackageEntry, modes: ReadonlyMap<string, number>): TarMember {
  const name = prefix + entry.path;
  switch (entry.type) {
    case 'directory':
      return { ...directory(`${name}/`), entry };
    case 'file':
      return { name, type: 'file', mode: entry.mode, size: entry.size, linkName: '', entry };
    case 'symlink':
      return { name, type: 'symlink', mode: 0o777, size: 0, linkName: entry.target, entry };
    case 'hardlink':
      return {
        name,
        type: 'hardlink',
        mode: modes.get(entry.target) ?? 0o644,
        size: 0,
        linkName: prefix + entry.target,
        entry,
      };
  }
}

function directory(name: string): TarMember {
  return { name, type: 'directory', mode: 0o755, size: 0, linkName: '' };
}
