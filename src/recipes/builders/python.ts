import { type Arguments, argumentsOf, type Builder, type BuilderExtension, createBuilder } from '../builder.ts';
import type { RecipeContext } from '../recipe-context.ts';

/** How `python` differs from the usual. */
export interface PythonOptions extends BuilderExtension {
  /** The folder of pyproject.toml or setup.py below the source. */
  readonly directory?: string;
}

/** Builds a Python package with pip, without its index, its isolation and its cache: what it needs are dependencies of the recipe.
 * No byte code is installed, since it would carry times and paths. */
export function python(args: Arguments = [], options: PythonOptions = {}): Builder {
  return createBuilder('python', (context) => phasesOf(args, options, context), options);
}

function phasesOf(args: Arguments, options: PythonOptions, context: RecipeContext) {
  const source = options.directory === undefined ? context.source : `${context.source}/${options.directory}`;
  const common = ['--no-deps', '--no-index', '--no-cache-dir', '--disable-pip-version-check'];
  const wheel = ['python3', '-m', 'pip', 'wheel', ...common, '--no-build-isolation', '--wheel-dir', context.build];
  const install = [
    'python3',
    '-m',
    'pip',
    'install',
    ...common,
    '--no-compile',
    '--ignore-installed',
    '--no-warn-script-location',
  ];
  return [
    { name: 'build', cwd: source, steps: [[...wheel, ...argumentsOf(args, context), source]] },
    {
      name: 'install',
      cwd: context.build,
      steps: [
        [...install, `--prefix=${context.prefix}`, '--find-links', context.build, context.name],
        // where pip found the wheel is of no use to anybody and would be the only path of the build folder
        ['find', context.prefix, '-name', 'direct_url.json', '-delete'],
      ],
    },
  ];
}
