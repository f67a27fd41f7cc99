import { type Arguments, argumentsOf, type Builder, type BuilderExtension, createBuilder } from '../builder.ts';
import type { RecipeContext } from '../recipe-context.ts';

/** How `make` differs from the usual. */
export interface MakeOptions extends BuilderExtension {
  /** The folder of the makefile below the source. */
  readonly directory?: string;
  readonly buildTargets?: readonly string[];
  readonly installTargets?: readonly string[];
}

/** Builds with a plain makefile; the words go to both `make` and `make install`. */
export function make(args: Arguments = [], options: MakeOptions = {}): Builder {
  return createBuilder('make', (context) => phasesOf(args, options, context), options);
}

function phasesOf(args: Arguments, options: MakeOptions, context: RecipeContext) {
  const cwd = options.directory === undefined ? context.source : `${context.source}/${options.directory}`;
  const words = argumentsOf(args, context);
  return [
    { name: 'build', cwd, steps: [['make', ...words, ...(options.buildTargets ?? [])]] },
    { name: 'install', cwd, steps: [['make', ...words, ...(options.installTargets ?? ['install'])]] },
  ];
}
