import { posix } from 'node:path';
import { FarmError } from '../../core/farm-error.ts';
import type { PackageManifest } from '../../model/package-manifest.ts';
import { compareVersions, parseVersion } from '../../model/version.ts';
import type { BaseFacts } from './base-facts.ts';

/** A library that packages of an image load and none of them has, and which file needs it. */
export interface SystemLibrary {
  /** As the dynamic loader is asked for it: `libc.so.6`. */
  readonly name: string;
  /** The store name and path of one file that needs it. */
  readonly neededBy: { readonly storeName: string; readonly path: string };
}

/** What an image asks of its base. */
export interface BaseDemands {
  readonly libraries: readonly SystemLibrary[];
  /** The newest version of a symbol of the C library that is used, and by what. */
  readonly glibc?: { readonly version: string; readonly storeName: string; readonly path: string };
}

/** Finds out what the programs and libraries of packages load that no package of the image has. */
export function demandsOf(manifests: readonly PackageManifest[]): BaseDemands {
  const own = new Set(manifests.flatMap(namesOfLibraries));
  const files = manifests.flatMap(({ storeName, elf }) => elf.map((file) => ({ ...file, storeName })));
  const libraries = new Map<string, SystemLibrary>();
  let glibc: BaseDemands['glibc'];
  for (const { storeName, path, needed, glibc: version } of files) {
    const foreign = needed.filter((name) => !own.has(name) && !libraries.has(name));
    for (const name of foreign) libraries.set(name, { name, neededBy: { storeName, path } });
    if (version !== undefined && isNewer(version, glibc?.version)) glibc = { version, storeName, path };
  }
  const sorted = [...libraries.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { libraries: sorted, ...(glibc === undefined ? {} : { glibc }) };
}

/** By what names a package's libraries can be asked for: file names, and what files say that they are. */
function namesOfLibraries({ entries, elf }: PackageManifest): string[] {
  const files = entries.filter(({ path, type }) => type !== 'directory' && posix.basename(path).includes('.so'));
  return [...files.map(({ path }) => posix.basename(path)), ...elf.flatMap(({ soname }) => soname ?? [])];
}

function isNewer(version: string, than: string | undefined): boolean {
  return than === undefined || compareVersions(parseVersion(version), parseVersion(than)) > 0;
}

/** Refuses a base on which programs of the image would not start.
 * @param packageOf the distribution's package that brings a library, where that is known
 * @throws BASE_UNSUITABLE */
export function checkBase(
  { libraries, glibc }: BaseDemands,
  base: { readonly name: string; readonly facts: BaseFacts },
  packageOf: (library: string) => string | undefined = () => undefined,
): void {
  const missing = libraries.filter(({ name }) => !base.facts.libraries.has(name));
  const [first] = missing;
  if (first !== undefined) {
    const { storeName, path } = first.neededBy;
    const others =
      missing.length === 1
        ? ''
        : `, nor ${missing
            .slice(1)
            .map(({ name }) => name)
            .join(', ')}`;
    const packages = [...new Set(missing.flatMap(({ name }) => packageOf(name) ?? []))];
    throw new FarmError(
      'BASE_UNSUITABLE',
      `Cannot use the base "${base.name}": it has no ${first.name}, which "${path}" of ${storeName} needs${others}`,
      {
        hint: packages.length === 0 ? 'Use a base that has it' : `On Debian it is in ${packages.join(', ')}`,
        details: { missing: missing.map(({ name }) => name) },
      },
    );
  }
  if (glibc === undefined || !isNewer(glibc.version, base.facts.glibc ?? '0')) return;
  const has = base.facts.glibc === undefined ? 'no glibc' : `glibc ${base.facts.glibc}`;
  throw new FarmError(
    'BASE_UNSUITABLE',
    `Cannot use the base "${base.name}": it has ${has}, and "${glibc.path}" of ${glibc.storeName} needs glibc ${glibc.version}`,
    { hint: 'Use a base of the system that the release was built for, or of a newer one' },
  );
}

/** Refuses a base that has a link or a file where the image needs a folder: a layer would replace it.
 * @throws BASE_UNSUITABLE */
export function checkFolders(
  folders: readonly string[],
  base: { readonly name: string; readonly facts: BaseFacts },
): void {
  const wrong = folders.find((path) => base.facts.notFolders.has(path));
  if (wrong === undefined) return;
  throw new FarmError('BASE_UNSUITABLE', `Cannot use the base "${base.name}": its /${wrong} is no folder`, {
    hint: 'Use a base that has a folder there, or nothing',
  });
}
