import type { RecipeContext } from './recipe-context.ts';
import type { Step } from './recipe-step.ts';

/** A small program against the installed package. */
export interface TestProgram {
  readonly language: 'c' | 'c++';
  /** Its source text. */
  readonly text: string;
  /** Libraries by the names that `-l` takes, in the order of linking. */
  readonly libraries?: readonly string[];
  /** Further words for the compiler. */
  readonly flags?: readonly string[];
  readonly args?: readonly string[];
}

/** Steps of a test that compile a small program against the installed package and its linked dependencies, and run it. */
export function compileAndRun(context: RecipeContext, program: TestProgram): readonly Step[] {
  const [compiler, file] = program.language === 'c' ? ['gcc', 'program.c'] : ['g++', 'program.cpp'];
  const compile = [
    compiler,
    ...(program.flags ?? []),
    ...context.prefixes.map((prefix) => `-I${prefix}/include`),
    file,
    '-o',
    'program',
    ...context.prefixes.flatMap((prefix) => [`-L${prefix}/lib`, `-Wl,-rpath,${prefix}/lib`]),
    ...(program.libraries ?? []).map((library) => `-l${library}`),
  ];
  return [{ do: 'write', path: file, text: program.text }, compile, ['@{build}/program', ...(program.args ?? [])]];
}
