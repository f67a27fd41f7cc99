import { FarmError } from '../core/farm-error.ts';
import type { PlanPhase } from '../model/plan.ts';
import type { RecipeContext } from './recipe-context.ts';
import { planStepOf, type Step } from './recipe-step.ts';

/** Words for a command line, or a function that gives them for a concrete package. */
export type Arguments = readonly string[] | ((context: RecipeContext) => readonly string[]);

/** Steps, or a function that gives them for a concrete package. */
export type Steps = readonly Step[] | ((context: RecipeContext) => readonly Step[]);

/** What every builder lets a recipe add to its phases, by the phase's name. */
export interface BuilderExtension {
  readonly before?: Readonly<Record<string, Steps>>;
  readonly after?: Readonly<Record<string, Steps>>;
  /** For every phase, or by phase; 3600 where nothing is said. */
  readonly timeoutSeconds?: number | Readonly<Record<string, number>>;
}

/** One phase of a builder before a recipe's additions. */
export interface BuilderPhase {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Where commands run that say nothing. */
  readonly cwd: string;
}

/** How a package is built: a pure function from the concrete package to phases. Made by `cmake`, `autotools` and the others. */
export interface Builder {
  readonly builder: string;
  readonly phases: (context: RecipeContext) => readonly PlanPhase[];
}

const defaultTimeoutSeconds = 3600;

/** Makes a builder of its own phases and of what a recipe adds to them. */
export function createBuilder(
  builder: string,
  phases: (context: RecipeContext) => readonly BuilderPhase[],
  extension: BuilderExtension,
): Builder {
  return {
    builder,
    phases: (context) => {
      const own = phases(context);
      rejectUnknownPhases(own, extension, builder);
      return own.map((phase) => extendPhase(phase, extension, context));
    },
  };
}

/** The words that `Arguments` stand for. */
export function argumentsOf(words: Arguments | undefined, context: RecipeContext): readonly string[] {
  return typeof words === 'function' ? words(context) : (words ?? []);
}

/** The steps that `Steps` stand for. */
export function stepsOf(steps: Steps | undefined, context: RecipeContext): readonly Step[] {
  return typeof steps === 'function' ? steps(context) : (steps ?? []);
}

function extendPhase(phase: BuilderPhase, extension: BuilderExtension, context: RecipeContext): PlanPhase {
  const steps = [
    ...stepsOf(extension.before?.[phase.name], context),
    ...phase.steps,
    ...stepsOf(extension.after?.[phase.name], context),
  ];
  const limit = extension.timeoutSeconds;
  return {
    name: phase.name,
    steps: steps.map((step) => planStepOf(step, { base: context.source, cwd: phase.cwd })),
    timeoutSeconds: (typeof limit === 'number' ? limit : limit?.[phase.name]) ?? defaultTimeoutSeconds,
  };
}

function rejectUnknownPhases(phases: readonly BuilderPhase[], extension: BuilderExtension, builder: string): void {
  const known = phases.map((phase) => phase.name);
  const limits = typeof extension.timeoutSeconds === 'object' ? extension.timeoutSeconds : {};
  const used = [extension.before, extension.after, limits].flatMap((byPhase) => Object.keys(byPhase ?? {}));
  const unknown = used.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new FarmError('RECIPE_INVALID', `Cannot extend phase "${unknown}": ${builder}() has no such phase`, {
    hint: `Its phases are ${known.join(', ')}`,
    details: { text: unknown },
  });
}
