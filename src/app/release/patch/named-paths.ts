import { join, posix } from 'node:path';
import type { PackageManifest, PackageRelocation } from '../../../model/package-manifest.ts';
import { openFileSource } from '../../../package/byte-source.ts';
import { type ElfFile, readElf } from '../../../package/elf/read-elf.ts';
import type { OpenPackage } from './open-release-package.ts';

/** A path of another package that a file names. */
export interface NamedPath {
  /** The file that names it. */
  readonly file: string;
  /** Below the other package's prefix. */
  readonly path: string;
  /** The program, script or link uses it when it runs; anything else may only mention it. */
  readonly isUsed: boolean;
}

const longestPath = 1024;
const loadedFlag = 2;

/** Finds what files of a package name of another one, by the name of its folder in the store. Debug information and members of static archives are left out. */
export function findNamedPaths(open: OpenPackage, storeName: string): NamedPath[] {
  const { manifest } = open;
  const isExecutable = new Set(
    manifest.entries.flatMap((one) => (one.type === 'file' && one.mode === 0o755 ? one.path : [])),
  );
  const links = manifest.entries.flatMap((entry): NamedPath[] => {
    const path = entry.type === 'symlink' ? pathBehind(entry.target, storeName) : undefined;
    return path === undefined ? [] : [{ file: entry.path, path, isUsed: true }];
  });
  const files = manifest.relocations.filter(({ path, kind }) => kind !== 'symlink' && !path.endsWith('.a'));
  const named = files.flatMap((relocation) =>
    readNames(open, relocation, storeName).map(({ path, isElf }) => ({
      file: relocation.path,
      path,
      isUsed: isElf || isExecutable.has(relocation.path),
    })),
  );
  return [...links, ...named];
}

function readNames(
  { manifest, folder }: OpenPackage,
  { path: file, offsets }: PackageRelocation,
  storeName: string,
): { readonly path: string; readonly isElf: boolean }[] {
  const source = openFileSource(join(folder, file));
  try {
    const elf = readElf(source);
    const length = Buffer.byteLength(manifest.root);
    const paths = offsets
      .filter((offset) => elf === undefined || isLoaded(elf, offset))
      .flatMap(
        (offset) => pathBehind(source.read(offset + length, longestPath).toString('latin1'), storeName, true) ?? [],
      );
    return [...new Set(paths)].map((path) => ({ path, isElf: elf !== undefined }));
  } finally {
    source.close();
  }
}

/** In a section that is in memory when the program runs; files without sections count as a whole. */
function isLoaded({ sections }: ElfFile, offset: number): boolean {
  const section = sections.find((one) => offset >= one.offset && offset < one.offset + one.size);
  return section === undefined || (section.flags & loadedFlag) !== 0;
}

/** The path that follows a folder's name in the store, if one does. */
function pathBehind(text: string, storeName: string, atStart = false): string | undefined {
  const lead = atStart ? /^\/+store\/+/.exec(text)?.[0] : text.slice(0, Math.max(0, text.indexOf(storeName)));
  if (lead === undefined || !text.startsWith(storeName, lead.length)) return undefined;
  const [path] = /^(\/+[A-Za-z0-9_.+@~-]+)+/.exec(text.slice(lead.length + storeName.length)) ?? [];
  return path === undefined ? undefined : posix.normalize(path).slice(1);
}

/** The paths of a package, folders too. */
export function pathsOf({ entries }: Pick<PackageManifest, 'entries'>): ReadonlySet<string> {
  return new Set(entries.map(({ path }) => path));
}
