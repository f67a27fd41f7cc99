/** What recipe files import from 'binfarm'; the package's public export. */

export type { Builder, BuilderExtension } from './builder.ts';
export { autotools } from './builders/autotools.ts';
export { cmake } from './builders/cmake.ts';
export { custom } from './builders/custom.ts';
export { make } from './builders/make.ts';
export { meson } from './builders/meson.ts';
export { none } from './builders/none.ts';
export { python } from './builders/python.ts';
export { compileAndRun } from './compile-and-run.ts';
export type { RecipeContext } from './recipe-context.ts';
export { type RecipeDefinition, recipe } from './recipe-definition.ts';
export type { Step } from './recipe-step.ts';
