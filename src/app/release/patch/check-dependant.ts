import type { PackageManifest } from '../../../model/package-manifest.ts';
import { type BrokenBinding, findBrokenBindings } from '../../../package/elf/find-broken-bindings.ts';
import type { LibrarySet } from '../../../package/elf/library-set.ts';
import type { ElfInterface } from '../../../package/elf/read-interface.ts';
import { findNamedPaths, pathsOf } from './named-paths.ts';
import { type OpenPackage, readInterfaces } from './open-release-package.ts';

/** One side of a replacement: what a build of a package offers. */
export interface OfferedPackage {
  readonly manifest: PackageManifest;
  readonly libraries: LibrarySet;
}

/** A package and what is to take its place. */
export interface PackageChange {
  readonly name: string;
  readonly before: OfferedPackage;
  readonly after: OfferedPackage;
}

/** Something that a package takes from another one and that a new build of that does not give, or not as it was. */
export interface PatchFault {
  readonly platform: string;
  /** Who takes it. */
  readonly dependant: string;
  /** The file of the dependant; absent where it is the package as a whole. */
  readonly file?: string;
  /** What is to be replaced. */
  readonly replaced: string;
  readonly what: BrokenBinding['what'] | 'path' | 'static';
  readonly library?: string;
  /** `name` or `name@version`. */
  readonly symbol?: string;
  /** In words that follow the file's or dependant's name. */
  readonly says: string;
}

/** What a replacement means for one dependant. */
export interface DependantVerdict {
  readonly broken: readonly PatchFault[];
  /** It holds code of the old package that a replacement does not reach. */
  readonly compiledIn: readonly PatchFault[];
  readonly doubtful: readonly PatchFault[];
}

/** Where a dependant stands. */
export interface DependantPlace {
  readonly platform: string;
  /** The name of the old package's folder as the dependant's files have it. */
  readonly packedName: string;
  /** Whether it was compiled with the old package. */
  readonly isLinked: boolean;
}

/** Finds out what breaks in a package when one that it needs is replaced by another build, without running it. */
export function checkDependant(open: OpenPackage, change: PackageChange, place: DependantPlace): DependantVerdict {
  const { manifest } = open;
  const about = { platform: place.platform, dependant: manifest.name, replaced: change.name };
  const files = readInterfaces(open);
  const own = new Set([...files.values()].flatMap((elf) => elf.exports.map(({ name }) => name)));
  const sets = { before: change.before.libraries, after: change.after.libraries };
  const verdicts = [...files].map(([file, elf]) => ({ file, ...findBrokenBindings(elf, sets, withoutOwn(own, elf)) }));
  const faultsOf = (list: 'broken' | 'doubtful') =>
    verdicts.flatMap(({ file, [list]: found }) => found.map((one) => describe(one, { ...about, file }, change)));
  const paths = findGonePaths(open, change, place).map(({ file, path, isUsed }) => ({
    isUsed,
    fault: { ...about, file, what: 'path' as const, says: `names ${path} of ${change.name}, which is gone` },
  }));
  const isUser = verdicts.some((verdict) => verdict.isUser);
  return {
    broken: [...faultsOf('broken'), ...paths.filter(({ isUsed }) => isUsed).map(({ fault }) => fault)],
    doubtful: [...faultsOf('doubtful'), ...paths.filter(({ isUsed }) => !isUsed).map(({ fault }) => fault)],
    compiledIn:
      place.isLinked && !isUser && hasCode(manifest) && canBeCompiledIn(change.before.manifest)
        ? [{ ...about, what: 'static', says: saysCompiledIn(change) }]
        : [],
  };
}

/** What the package's other files define; a file's own definitions are not among its imports. */
function withoutOwn(names: ReadonlySet<string>, { isLibrary }: ElfInterface): ReadonlySet<string> {
  // A program is looked through first by the loader and names the libraries of its package that it needs.
  return isLibrary ? names : new Set();
}

function findGonePaths(open: OpenPackage, { before, after }: PackageChange, { packedName }: DependantPlace) {
  const old = pathsOf(before.manifest);
  const now = pathsOf(after.manifest);
  return findNamedPaths(open, packedName).filter(({ path }) => old.has(path) && !now.has(path));
}

/** Programs, libraries or archives: what the code of a static library or a header ends up in. */
function hasCode({ elf, entries }: PackageManifest): boolean {
  return elf.length > 0 || entries.some(({ path }) => path.endsWith('.a'));
}

/** Static libraries or headers. */
function canBeCompiledIn({ entries }: PackageManifest): boolean {
  return entries.some(({ path, type }) => type === 'file' && (path.endsWith('.a') || path.startsWith('include/')));
}

function saysCompiledIn({ name, before }: PackageChange): string {
  const why =
    before.libraries.libraries.length === 0 ? 'which has no shared library' : 'of which it needs no shared library';
  return `holds what was compiled into it of ${name}, ${why}`;
}

function describe(
  binding: BrokenBinding,
  about: Pick<PatchFault, 'platform' | 'dependant' | 'replaced' | 'file'>,
  { after }: PackageChange,
): PatchFault {
  const { what, library, symbol } = binding;
  return {
    ...about,
    what,
    library,
    ...(symbol === undefined ? {} : { symbol }),
    says: wordsOf(binding, after.libraries),
  };
}

function wordsOf({ what, library, symbol, sizes = [0, 0] }: BrokenBinding, after: LibrarySet): string {
  const [before, now] = sizes;
  switch (what) {
    case 'library': {
      const names = after.libraries.map(({ name }) => name).sort();
      return `needs ${library}, which is gone${names.length === 0 ? '' : ` (there is ${names.join(', ')})`}`;
    }
    case 'version':
      return `needs version ${symbol} of ${library}, which does not define it any more`;
    case 'symbol':
      return `needs ${symbol} of ${library}, which is gone`;
    case 'kind':
      return `needs ${symbol} of ${library}, which is another kind of thing now`;
    case 'copy':
      return `uses ${symbol} of ${library} as ${before} bytes of data, which has ${now} bytes now`;
    case 'vtable':
      return `was compiled for the virtual functions in ${symbol} of ${library}, which has ${now} bytes instead of ${before}`;
  }
}
