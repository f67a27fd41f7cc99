import { formatSymbol } from './find-broken-bindings.ts';
import type { LibrarySet, PackageLibrary } from './library-set.ts';

/** What one shared library offers more or less than before. */
export interface LibraryChange {
  /** Its soname, or the name of its file. */
  readonly library: string;
  /** `name` or `name@version`, sorted. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** The library itself is new, or gone. */
  readonly whole?: 'added' | 'removed';
}

/** Compares what the libraries of a package export with what those of another build of it do, by soname; libraries without a difference are left out. */
export function compareLibraries(before: LibrarySet, after: LibrarySet): LibraryChange[] {
  const old = byName(before);
  const now = byName(after);
  const names = [...new Set([...old.keys(), ...now.keys()])].sort();
  return names.flatMap((library) => {
    const change = compareExports(library, old.get(library), now.get(library));
    const whole = !now.has(library) ? 'removed' : !old.has(library) ? 'added' : undefined;
    if (whole !== undefined) return [{ ...change, whole }];
    return change.added.length + change.removed.length === 0 ? [] : [change];
  });
}

function byName({ libraries }: LibrarySet): Map<string, PackageLibrary> {
  return new Map(libraries.map((library) => [library.name, library]));
}

function compareExports(
  library: string,
  before: PackageLibrary | undefined,
  after: PackageLibrary | undefined,
): LibraryChange {
  const old = new Set(before?.elf.exports.map(formatSymbol));
  const now = new Set(after?.elf.exports.map(formatSymbol));
  return { library, added: [...now.difference(old)].sort(), removed: [...old.difference(now)].sort() };
}
