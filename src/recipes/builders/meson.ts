import { type Arguments, argumentsOf, type Builder, type BuilderExtension, createBuilder } from '../builder.ts';
import type { RecipeContext } from '../recipe-context.ts';

/** How `meson` differs from the usual. */
export interface MesonOptions extends BuilderExtension {
  /** The folder of meson.build below the source. */
  readonly directory?: string;
}

/** Builds with Meson and Ninja, without downloads; compiler flags are those of the build type. */
export function meson(args: Arguments = [], options: MesonOptions = {}): Builder {
  return createBuilder('meson', (context) => phasesOf(args, options, context), options);
}

function phasesOf(args: Arguments, options: MesonOptions, context: RecipeContext) {
  const { build, prefix, jobs } = context;
  const source = options.directory === undefined ? context.source : `${context.source}/${options.directory}`;
  const setup = [
    'meson',
    'setup',
    `--prefix=${prefix}`,
    '--libdir=lib',
    '--buildtype=plain',
    '--wrap-mode=nodownload',
    `-Ddefault_library=${context.staticLibraries ? 'both' : 'shared'}`,
    ...argumentsOf(args, context),
    build,
    source,
  ];
  return [
    { name: 'configure', cwd: build, steps: [setup] },
    { name: 'build', cwd: build, steps: [['ninja', '-j', jobs]] },
    { name: 'install', cwd: build, steps: [['ninja', 'install']] },
  ];
}
