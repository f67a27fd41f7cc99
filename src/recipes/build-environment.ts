import type { BuildType } from '../model/build-type.ts';
import type { Platform } from '../model/platform.ts';
import { linkedOf, prefixesOf } from './recipe-context.ts';
import type { RecipeSubject, SubjectDependency } from './recipe-subject.ts';

/** The clock of every build: 2000-01-01T00:00:00Z, in seconds since 1970. */
export const sourceDateEpoch = 946_684_800;

/** Variables of a build that belong to its plan. */
export type Environment = Readonly<Record<string, string>>;

/** Composes a build's environment: compilers, flags, and where the packages that enter the product are found.
 * Dependencies taken from the base add nothing, since the compiler finds those by itself. */
export function composeBuildEnvironment(subject: RecipeSubject): Environment {
  const entering = subject.dependencies.filter(
    (dependency) => dependency.external === undefined && entersPlan(dependency),
  );
  const linked = linkedOf(subject.dependencies);
  const flags = compilerFlags(subject.buildType, subject.platform);
  return withoutEmpty({
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    SOURCE_DATE_EPOCH: String(sourceDateEpoch),
    PYTHONHASHSEED: '0',
    PYTHONDONTWRITEBYTECODE: '1',
    ...compilers(subject.platform),
    CFLAGS: flags,
    CXXFLAGS: flags,
    FCFLAGS: flags,
    FFLAGS: flags,
    CPATH: foldersOf(linked, ['include']),
    LIBRARY_PATH: foldersOf(linked, ['lib']),
    BINFARM_RPATH: prefixesOf(subject.dependencies)
      .map((prefix) => `${prefix}/lib`)
      .join(':'),
    ...searchPaths(entering),
    PATH: [...placesOf(entering, ['bin']), '/usr/bin', '/bin'].join(':'),
  });
}

/** What build-only tools that the farm built itself add to the front of a build's environment. It stays out of the plan,
 * so that where a tool comes from never enters a build hash. */
export function composeToolEnvironment(subject: RecipeSubject): Environment {
  const tools = subject.dependencies.filter(
    (dependency) => dependency.external === undefined && dependency.types.includes('build') && !entersPlan(dependency),
  );
  return withoutEmpty({ ...searchPaths(tools), PATH: foldersOf(tools, ['bin']) });
}

/** True for a dependency whose identity enters the build hash: one that is linked, runs with the product, or generates parts of it. */
export function entersPlan({ types, hashed }: SubjectDependency): boolean {
  return hashed === true || types.includes('link') || types.includes('run');
}

function searchPaths(dependencies: readonly SubjectDependency[]): Environment {
  return {
    PKG_CONFIG_PATH: foldersOf(dependencies, ['lib/pkgconfig', 'share/pkgconfig']),
    CMAKE_PREFIX_PATH: foldersOf(dependencies, ['']),
    ACLOCAL_PATH: foldersOf(dependencies, ['share/aclocal']),
  };
}

function foldersOf(dependencies: readonly SubjectDependency[], below: readonly string[]): string {
  return placesOf(dependencies, below).join(':');
}

function placesOf(dependencies: readonly SubjectDependency[], below: readonly string[]): string[] {
  return dependencies.flatMap(({ name }) =>
    below.map((folder) => (folder === '' ? `@{dep:${name}}` : `@{dep:${name}}/${folder}`)),
  );
}

/** The plain names mean the platform's compiler in its base, whatever its version. */
function compilers({ compiler }: Platform): Environment {
  const [c, cxx] = compiler.name === 'clang' ? ['clang', 'clang++'] : ['gcc', 'g++'];
  return { CC: c, CXX: cxx, FC: 'gfortran', F77: 'gfortran' };
}

/** Optimisation and debug flags of the build type, the instruction sets of the platform, and no path of the build
 * in debug information or in `__FILE__`. */
function compilerFlags(buildType: BuildType, platform: Platform): string {
  const level = /^x86_64_v([234])$/.exec(platform.arch);
  const machine = [
    ...(level ? [`-march=x86-64-v${level[1]}`] : []),
    ...platform.features.map((feature) => `-m${feature}`),
  ];
  return [buildType.flags, ...machine, '-ffile-prefix-map=@{build}=.', '-ffile-prefix-map=@{source}=.']
    .filter(Boolean)
    .join(' ');
}

function withoutEmpty(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}
