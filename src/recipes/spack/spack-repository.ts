import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FarmError } from '../../core/farm-error.ts';
import type { SpackFiles } from './spack-reader.ts';

/** A repository of Spack recipes in a folder. */
export interface SpackRepository {
  readonly folder: string;
  /** The packages, by the name that specs give them, in the order of names. */
  readonly packages: readonly SpackPackagePlace[];
}

/** Where the recipe of a package is. */
export interface SpackPackagePlace {
  readonly name: string;
  /** Its file, relative to the repository's folder. */
  readonly file: string;
}

/** No recipe is longer than this; what is longer is not read. */
const mostBytes = 8_000_000;

/** Finds the repository in a checkout: the folder that has a `repo.yaml`, or the one below it where Spack keeps its own.
 * @throws REPOSITORY_INVALID */
export function openSpackRepository(directory: string): SpackRepository {
  const folder = candidates(directory).find((path) => existsSync(join(path, 'repo.yaml')));
  if (folder === undefined) {
    throw new FarmError('REPOSITORY_INVALID', `Cannot read recipes in "${directory}": it has no repo.yaml`, {
      hint: 'Give the folder of a checkout of Spack or of its package repository',
    });
  }
  const byModule = /^\s*api:\s*["']?v[2-9]/m.test(readFileSync(join(folder, 'repo.yaml'), 'utf8'));
  const packages = listFolder(join(folder, 'packages'))
    .filter((name) => existsSync(join(folder, 'packages', name, 'package.py')))
    .map((name) => ({ name: byModule ? nameOfModule(name) : name, file: `packages/${name}/package.py` }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return { folder, packages };
}

/** The files of a repository, as a reader of recipes asks for them. */
export function filesIn(folder: string): SpackFiles {
  return { read: (path) => readText(join(folder, path)), pathOf: pathOfModule };
}

function candidates(directory: string): string[] {
  const below = ['repos/spack_repo', 'repos', 'var/spack/repos/spack_repo', 'var/spack/repos'].flatMap((path) => {
    const folder = join(directory, path);
    return listFolder(folder).map((name) => join(folder, name));
  });
  const builtin = below.filter((path) => path.endsWith('/builtin'));
  return [directory, ...builtin, ...below];
}

/** The names in a folder; none where it cannot be read. */
function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readText(path: string): string | undefined {
  try {
    return statSync(path).size > mostBytes ? undefined : readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The package whose recipe is in a folder that is also a Python module: `py_numpy` is `py-numpy`, `_7zip` is `7zip`. */
function nameOfModule(module: string): string {
  return module.replace(/^_(?=\d|[a-z]+$)/, '').replaceAll('_', '-');
}

/** The name of the class that describes a package: `py-numpy` is `PyNumpy`, `7zip` is `_7zip`. */
export function classNameOf(name: string): string {
  const joined = name
    .split(/[-_]/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1).toLowerCase())
    .join('');
  return /^\d/.test(joined) ? `_${joined}` : joined;
}

/** The file of a module of a repository: `spack_repo.builtin.build_systems.cmake`, `..boost.package`. */
function pathOfModule(module: string, importer: string): string | undefined {
  const dots = /^\.+/.exec(module)?.[0].length ?? 0;
  if (dots > 0) {
    const folder = importer.split('/').slice(0, -dots);
    return [
      ...folder,
      ...module
        .slice(dots)
        .split('.')
        .filter((part) => part !== ''),
    ]
      .join('/')
      .concat('.py');
  }
  const inside = /^(?:spack_repo\.\w+|spack)\.(build_systems\.\w+|packages\.\w+\.package)$/.exec(module)?.[1];
  return inside === undefined ? undefined : `${inside.replaceAll('.', '/')}.py`;
}
