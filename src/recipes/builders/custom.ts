import { type Builder, type BuilderExtension, createBuilder, type Steps, stepsOf } from '../builder.ts';

/** Builds with phases of the recipe's own, in their order; commands run in the source folder. */
export function custom(
  phases: Readonly<Record<string, Steps>>,
  options: Pick<BuilderExtension, 'timeoutSeconds'> = {},
): Builder {
  return createBuilder(
    'custom',
    (context) =>
      Object.entries(phases).map(([name, steps]) => ({ name, cwd: context.source, steps: stepsOf(steps, context) })),
    options,
  );
}
