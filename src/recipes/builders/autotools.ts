import {
  type Arguments,
  argumentsOf,
  type Builder,
  type BuilderExtension,
  createBuilder,
  type Steps,
  stepsOf,
} from '../builder.ts';
import type { RecipeContext } from '../recipe-context.ts';

/** How `autotools` differs from the usual. */
export interface AutotoolsOptions extends BuilderExtension {
  /** The folder of `configure` below the source. */
  readonly directory?: string;
  /** Builds in the build folder, for sources that do not configure in their own. */
  readonly outOfSource?: boolean;
  /** What makes `configure` where the archive has none: steps before all else, such as `autoreconf`. */
  readonly prepare?: Steps;
  readonly makeArgs?: Arguments;
  readonly installTargets?: readonly string[];
}

/** Builds with `configure`, `make`, `make install`. Shared libraries only, unless the recipe has an option `static` that is on;
 * libtool's `.la` files, which only carry absolute paths, are removed. */
export function autotools(args: Arguments = [], options: AutotoolsOptions = {}): Builder {
  return createBuilder('autotools', (context) => phasesOf(args, options, context), options);
}

function phasesOf(args: Arguments, options: AutotoolsOptions, context: RecipeContext) {
  const source = options.directory === undefined ? context.source : `${context.source}/${options.directory}`;
  const cwd = options.outOfSource ? context.build : source;
  const makeArgs = argumentsOf(options.makeArgs, context);
  const configure = [
    `${source}/configure`,
    `--prefix=${context.prefix}`,
    `--libdir=${context.prefix}/lib`,
    '--disable-dependency-tracking',
    '--enable-shared',
    context.staticLibraries ? '--enable-static' : '--disable-static',
    ...argumentsOf(args, context),
  ];
  const prepare = stepsOf(options.prepare, context);
  return [
    ...(prepare.length === 0 ? [] : [{ name: 'prepare', cwd: source, steps: prepare }]),
    { name: 'configure', cwd, steps: [configure] },
    { name: 'build', cwd, steps: [['make', ...makeArgs]] },
    {
      name: 'install',
      cwd,
      steps: [
        ['make', ...makeArgs, ...(options.installTargets ?? ['install'])],
        ['find', `${context.prefix}`, '-name', '*.la', '-type', 'f', '-delete'],
      ],
    },
  ];
}
