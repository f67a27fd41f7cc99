import { posix } from 'node:path';
import type { PackageEntry } from '../../model/package-manifest.ts';
import type { ElfInterface } from './read-interface.ts';
import type { ElfSymbol } from './read-symbols.ts';

/** A shared library of a package. */
export interface PackageLibrary {
  /** Below the package's prefix. */
  readonly path: string;
  /** What it is called in lists: its soname, or the name of its file. */
  readonly name: string;
  readonly elf: ElfInterface;
}

/** An exported symbol with the library that has it. */
export interface LibraryExport {
  readonly library: PackageLibrary;
  readonly symbol: ElfSymbol;
}

/** The shared libraries of one package, indexed for comparisons. */
export interface LibrarySet {
  readonly libraries: readonly PackageLibrary[];
  /** The library that a path leads to, through links too. */
  readonly at: (path: string) => PackageLibrary | undefined;
  /** The paths of a file name that lead to a library: what NEEDED names. */
  readonly pathsOf: (fileName: string) => readonly string[];
  readonly exportsOf: (symbol: string) => readonly LibraryExport[];
  /** The libraries of the package that are loaded with one of it. */
  readonly loadedWith: (library: PackageLibrary) => ReadonlySet<PackageLibrary>;
}

const mostLinks = 40;

/** Indexes the libraries of a package.
 * @param files the interfaces of its ELF files, by path */
export function indexLibraries(entries: readonly PackageEntry[], files: ReadonlyMap<string, ElfInterface>): LibrarySet {
  const libraries = [...files]
    .filter(([, elf]) => elf.isLibrary)
    .map(([path, elf]): PackageLibrary => ({ path, name: elf.soname ?? posix.basename(path), elf }));
  const byPath = new Map(libraries.map((library) => [library.path, library]));
  const links = new Map(entries.flatMap((entry) => linkOf(entry)));
  const at = (path: string) => {
    let current = path;
    for (let followed = 0; followed < mostLinks && links.has(current); followed++) current = links.get(current)!;
    return byPath.get(current);
  };
  const paths = [...byPath.keys(), ...links.keys()].filter((path) => at(path) !== undefined);
  const byName = Map.groupBy(paths.sort(), (path) => posix.basename(path));
  const pathsOf = (name: string) => byName.get(name) ?? [];
  const exported = indexExports(libraries);
  return {
    libraries,
    at,
    pathsOf,
    exportsOf: (symbol) => exported.get(symbol) ?? [],
    loadedWith: (library) => loadClosure(library, (name) => pathsOf(name).flatMap((path) => at(path) ?? [])),
  };
}

/** Where a link leads within the package. Links of folders count for nothing: a loader's path names the real one. */
function linkOf(entry: PackageEntry): [string, string][] {
  if (entry.type === 'hardlink') return [[entry.path, entry.target]];
  if (entry.type !== 'symlink' || entry.target.startsWith('/')) return [];
  return [[entry.path, posix.join(posix.dirname(entry.path), entry.target)]];
}

function indexExports(libraries: readonly PackageLibrary[]): Map<string, LibraryExport[]> {
  const index = new Map<string, LibraryExport[]>();
  for (const library of libraries) {
    for (const symbol of library.elf.exports) {
      const known = index.get(symbol.name);
      if (known === undefined) index.set(symbol.name, [{ library, symbol }]);
      else known.push({ library, symbol });
    }
  }
  return index;
}

function loadClosure(
  first: PackageLibrary,
  find: (name: string) => readonly PackageLibrary[],
): ReadonlySet<PackageLibrary> {
  const found = new Set([first]);
  for (const library of found) for (const name of library.elf.needed) for (const next of find(name)) found.add(next);
  return found;
}
