import type { LibraryExport, LibrarySet, PackageLibrary } from './library-set.ts';
import type { ElfInterface } from './read-interface.ts';
import type { ElfSymbol } from './read-symbols.ts';

/** Something that a program or library takes from a package's libraries and that others would not give it, or not as it was. */
export interface BrokenBinding {
  /** `library`: not there, or under another soname; `version`: of symbols, not defined; `symbol`: not exported; `kind`: data instead of code or the like;
   * `copy`: data of another size than the program's copy of it; `vtable`: of another size than the callers know. */
  readonly what: 'library' | 'version' | 'symbol' | 'kind' | 'copy' | 'vtable';
  /** The library's soname. */
  readonly library: string;
  /** `name` or `name@version`; the version alone for one that is not defined; absent for a library. */
  readonly symbol?: string;
  /** For `copy` and `vtable`: bytes, in the old library and in the new one. */
  readonly sizes?: readonly [number, number];
}

/** What a change of libraries means for one program or library that uses them. */
export interface BindingVerdict {
  /** It takes something from the old libraries. */
  readonly isUser: boolean;
  readonly broken: readonly BrokenBinding[];
  /** Of what it can live without, or that need not matter: weak symbols that are gone, data that it refers to and that has another size. */
  readonly doubtful: readonly BrokenBinding[];
}

interface Change {
  readonly before: LibrarySet;
  readonly after: LibrarySet;
}

/** Finds out what breaks in a program or library when the libraries of a package that it uses are replaced by others: libraries by soname, versions, symbols, sizes of copied data.
 * A symbol without a version counts as taken from the package when its old libraries have it, unless the file's neighbours (`own`) have it and the file does not name the library. */
export function findBrokenBindings(
  file: ElfInterface,
  { before, after }: Change,
  own: ReadonlySet<string> = new Set(),
): BindingVerdict {
  const used = file.needed.filter((name) => before.pathsOf(name).length > 0);
  const gone = used.filter((name) => !isKept(name, { before, after }));
  const broken: BrokenBinding[] = gone.map((library) => ({ what: 'library', library }));
  const doubtful: BrokenBinding[] = [];
  const versions = file.neededVersions.filter(({ library }) => used.includes(library) && !gone.includes(library));
  const undefinedVersions = versions.filter(({ library, version }) => !definesVersion(after, library, version));
  for (const { library, version } of undefinedVersions) broken.push({ what: 'version', library, symbol: version });
  let isUser = used.length > 0;
  for (const symbol of [...file.imports, ...file.copies]) {
    const old = findOldExport(symbol, { before, used, own });
    if (old === undefined) continue;
    isUser = true;
    const isTold =
      gone.some((name) => leadsTo(before, name, old.library)) ||
      undefinedVersions.some(({ library, version }) => symbol.library === library && symbol.version === version);
    if (isTold) continue;
    const found = findNewExport(symbol, after, used);
    const judged = judge(symbol, old, { found, isCopy: file.copies.includes(symbol) });
    if (judged !== undefined) (judged.isCertain ? broken : doubtful).push(judged.binding);
  }
  return { isUser, broken, doubtful };
}

/** The name leads to a library of the same soname wherever it did. */
function isKept(name: string, { before, after }: Change): boolean {
  return before.pathsOf(name).every((path) => {
    const now = after.at(path);
    return now !== undefined && now.elf.soname === before.at(path)?.elf.soname;
  });
}

function leadsTo(set: LibrarySet, name: string, library: PackageLibrary): boolean {
  return set.pathsOf(name).some((path) => set.at(path) === library);
}

function definesVersion(set: LibrarySet, name: string, version: string): boolean {
  return set.pathsOf(name).some((path) => set.at(path)?.elf.definedVersions.includes(version));
}

/** What the old libraries have for a symbol; undefined when it comes from elsewhere. */
function findOldExport(
  symbol: ElfSymbol,
  {
    before,
    used,
    own,
  }: { readonly before: LibrarySet; readonly used: readonly string[]; readonly own: ReadonlySet<string> },
): LibraryExport | undefined {
  if (symbol.library !== undefined && !used.includes(symbol.library)) return undefined;
  const found = before.exportsOf(symbol.name).filter((one) => hasVersion(one.symbol, symbol));
  const direct = found.find(({ library }) => used.some((name) => leadsTo(before, name, library)));
  return direct ?? (own.has(symbol.name) ? undefined : found[0]);
}

/** What the new libraries have for a symbol, among those that are loaded with the file's own when it names any. */
function findNewExport(symbol: ElfSymbol, after: LibrarySet, used: readonly string[]): LibraryExport | undefined {
  const named = used.flatMap((name) => after.pathsOf(name).flatMap((path) => after.at(path) ?? []));
  const loaded = new Set(named.flatMap((library) => [...after.loadedWith(library)]));
  const isLoaded = (library: PackageLibrary) => loaded.size === 0 || loaded.has(library);
  return after.exportsOf(symbol.name).find((one) => hasVersion(one.symbol, symbol) && isLoaded(one.library));
}

function hasVersion(offered: ElfSymbol, wanted: ElfSymbol): boolean {
  return wanted.version === undefined || offered.version === wanted.version;
}

interface Judgement {
  readonly binding: BrokenBinding;
  readonly isCertain: boolean;
}

function judge(
  symbol: ElfSymbol,
  old: LibraryExport,
  { found, isCopy }: { readonly found: LibraryExport | undefined; readonly isCopy: boolean },
): Judgement | undefined {
  const about = { library: old.library.name, symbol: formatSymbol(symbol) };
  if (found === undefined) return { binding: { what: 'symbol', ...about }, isCertain: !symbol.isWeak };
  const now = found.symbol;
  if (now.kind !== old.symbol.kind && now.kind !== 'other' && old.symbol.kind !== 'other')
    return { binding: { what: 'kind', ...about }, isCertain: true };
  const before = isCopy ? symbol.size : old.symbol.size;
  if (old.symbol.kind === 'function' || before === now.size) return undefined;
  const isTable = /^_ZT[VTC]/.test(symbol.name);
  const what = isTable ? 'vtable' : 'copy';
  return { binding: { what, ...about, sizes: [before, now.size] }, isCertain: isCopy || isTable };
}

/** A symbol as people read it: `name@version`. */
export function formatSymbol({ name, version }: Pick<ElfSymbol, 'name' | 'version'>): string {
  return version === undefined ? name : `${name}@${version}`;
}
