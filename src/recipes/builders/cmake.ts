import { type Arguments, argumentsOf, type Builder, type BuilderExtension, createBuilder } from '../builder.ts';
import type { RecipeContext } from '../recipe-context.ts';

/** How `cmake` differs from the usual. */
export interface CmakeOptions extends BuilderExtension {
  /** The folder of CMakeLists.txt below the source. */
  readonly directory?: string;
  readonly buildTargets?: readonly string[];
  readonly installTargets?: readonly string[];
}

/** Builds with CMake, out of source, by plain `make`, which takes part in the farm's jobserver.
 * The build type's flags replace those that CMake would add of its own. */
export function cmake(args: Arguments = [], options: CmakeOptions = {}): Builder {
  return createBuilder('cmake', (context) => phasesOf(args, options, context), options);
}

function phasesOf(args: Arguments, options: CmakeOptions, context: RecipeContext) {
  const { build } = context;
  const source = options.directory === undefined ? context.source : `${context.source}/${options.directory}`;
  const configure = ['cmake', '-S', source, '-B', build, '-G', 'Unix Makefiles', ...ownArguments(context)];
  return [
    { name: 'configure', cwd: build, steps: [[...configure, ...argumentsOf(args, context)]] },
    { name: 'build', cwd: build, steps: [['make', ...(options.buildTargets ?? [])]] },
    { name: 'install', cwd: build, steps: [['make', ...(options.installTargets ?? ['install'])]] },
  ];
}

function ownArguments({ prefix, prefixes, buildType }: RecipeContext): string[] {
  const flags = ['C', 'CXX', 'Fortran'].map(
    (language) => `-DCMAKE_${language}_FLAGS_${buildType.cmake.toUpperCase()}=${assertionFlags(buildType.cmake)}`,
  );
  return [
    '--no-warn-unused-cli',
    `-DCMAKE_INSTALL_PREFIX=${prefix}`,
    '-DCMAKE_INSTALL_LIBDIR=lib',
    `-DCMAKE_INSTALL_RPATH=${prefixes.map((folder) => `${folder}/lib`).join(';')}`,
    `-DCMAKE_BUILD_TYPE=${buildType.cmake}`,
    ...flags,
    '-DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF',
    '-DCMAKE_FIND_USE_SYSTEM_PACKAGE_REGISTRY=OFF',
    '-DCMAKE_EXPORT_NO_PACKAGE_REGISTRY=ON',
  ];
}

/** Optimisation and debug information come from the build type by CFLAGS and its like; only CMake's habit
 * of switching assertions off in its release types is kept. */
function assertionFlags(type: string): string {
  return ['Release', 'RelWithDebInfo', 'MinSizeRel'].includes(type) ? '-DNDEBUG' : '';
}
