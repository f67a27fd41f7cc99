import { FarmError, isFarmError } from '../core/farm-error.ts';
import type { VariantValue } from '../model/lock.ts';
import { satisfies } from '../model/match-spec.ts';
import type { BuildPlan, PlanDependency, PlanPhase, PlanTest } from '../model/plan.ts';
import { formatPlatform } from '../model/platform.ts';
import type { SourceLocation } from '../model/source-location.ts';
import type { Spec } from '../model/spec.ts';
import type { Version } from '../model/version.ts';
import { composeBuildEnvironment, composeToolEnvironment, type Environment, entersPlan } from './build-environment.ts';
import type { Recipe, RecipeInfo } from './loaded-recipe.ts';
import { assertPlainData } from './plain-data.ts';
import { assertPlaceholders } from './plan-placeholders.ts';
import { createRecipeContext, factsOf, type TracedContext } from './recipe-context.ts';
import { sourcesOf } from './recipe-sources.ts';
import { planStepOf } from './recipe-step.ts';
import type { RecipeSubject, SubjectDependency } from './recipe-subject.ts';
import { placeOfThrow } from './recipe-throw.ts';

/** A program that a build uses and that leaves nothing in the product. */
export interface BuildTool {
  readonly name: string;
  readonly version: string;
  /** `base`, or `farm` where the farm built it. */
  readonly from: string;
}

/** What a recipe says about one concrete package. */
export interface EvaluatedRecipe {
  /** All that decides the bytes of the result, and nothing else. */
  readonly plan: BuildPlan;
  readonly tests: readonly PlanTest[];
  /** Where the plan's sources can be had, in their order. */
  readonly locations: readonly SourceLocation[];
  readonly info: RecipeInfo;
  readonly buildTools: readonly BuildTool[];
  /** What build tools made by the farm add to the front of each variable, with placeholders; never hashed. */
  readonly toolEnvironment: Environment;
}

const patchSeconds = 600;
const testSeconds = 600;

/** Evaluates a recipe for one concrete package. A pure function: equal input gives equal output, which is plain data.
 * @throws RECIPE_INVALID when the result breaks a rule, RECIPE_THREW when the recipe's own code fails. */
export function evaluateRecipe(recipe: Recipe, given: RecipeSubject): EvaluatedRecipe {
  const subject = prepareSubject(recipe, given);
  const traced = createRecipeContext(subject, Object.keys(recipe.definition.variants ?? {}));
  const sources = sourcesOf(recipe, subject.version, subject.directoryDigest);
  const phases = guard(recipe, () => [
    ...patchPhases(recipe, subject),
    ...recipe.definition.build.phases(traced.context),
  ]);
  const plan: BuildPlan = {
    format: 'binfarm.plan/1',
    name: subject.name,
    version: subject.version,
    variants: effectiveVariants(recipe, subject, traced),
    platform: formatPlatform(subject.platform),
    root: subject.root,
    sources: sources.map(({ source }) => source),
    dependencies: subject.dependencies.filter(entersPlan).map(planDependencyOf).toSorted(byName),
    env: composeBuildEnvironment(subject),
    phases,
  };
  const tests = guard(recipe, () => testsOf(recipe, traced));
  guard(recipe, () => checkResult(plan, tests, subject));
  return {
    plan,
    tests,
    locations: sources.map(({ location }) => location),
    info: recipe.info,
    buildTools: subject.dependencies
      .filter((dependency) => !entersPlan(dependency))
      .flatMap(buildToolOf)
      .toSorted(byName),
    toolEnvironment: composeToolEnvironment(subject),
  };
}

/** The package with its dependencies in a fixed order, hashed build tools marked. */
function prepareSubject(recipe: Recipe, subject: RecipeSubject): RecipeSubject {
  const mark = (dependency: SubjectDependency) =>
    recipe.hashed.includes(dependency.name) ? { ...dependency, hashed: true } : dependency;
  return { ...subject, dependencies: subject.dependencies.map(mark).toSorted(byName) };
}

/** The options that took part, where they are not off. One that the recipe never asks for, such as one just added, changes nothing. */
function effectiveVariants(
  recipe: Recipe,
  subject: RecipeSubject,
  { used }: TracedContext,
): Record<string, VariantValue> {
  const conditions = [...recipe.metadata.dependencies, ...recipe.patches].flatMap(({ when }) =>
    when === undefined ? [] : [when],
  );
  const decisive = conditions.filter((when) => holds(when, subject)).flatMap((when) => Object.keys(when.variants));
  const names = [...new Set([...used, ...decisive])].sort();
  const entries = names.map((name) => [name, subject.variants[name] ?? false] as const);
  return Object.fromEntries(
    entries.filter(([, value]) => value !== false && !(Array.isArray(value) && value.length === 0)),
  );
}

function holds(when: Spec, subject: RecipeSubject): boolean {
  return satisfies({ ...subject, version: subject.version as Version }, when, factsOf(subject.platform));
}

function patchPhases(recipe: Recipe, subject: RecipeSubject): PlanPhase[] {
  const patches = recipe.patches.filter(({ when }) => when === undefined || holds(when, subject));
  if (patches.length === 0) return [];
  const steps = patches.map(({ text, strip }) => ({ do: 'patch', text, strip, cwd: '@{source}' }) as const);
  return [{ name: 'patch', steps, timeoutSeconds: patchSeconds }];
}

/** Only how a package takes part in the product counts: that it also serves the build or a test changes no byte. */
function planDependencyOf({ name, types, version, external }: SubjectDependency): PlanDependency {
  const lasting = (['link', 'run'] as const).filter((type) => types.includes(type));
  return {
    name,
    types: lasting.length === 0 ? ['build'] : lasting,
    ...(external === undefined ? {} : { external: version }),
  };
}

function buildToolOf({ name, version, types, external }: SubjectDependency): BuildTool[] {
  return types.includes('build') ? [{ name, version, from: external?.from ?? 'farm' }] : [];
}

function testsOf({ definition: { test } }: Recipe, { context }: TracedContext): PlanTest[] {
  if (test === undefined) return [];
  const tests = typeof test === 'function' ? { installed: test } : test;
  const folders = { base: context.build, cwd: context.build };
  return Object.entries(tests).map(([name, steps]) => ({
    name,
    steps: steps(context).map((step) => planStepOf(step, folders)),
    timeoutSeconds: testSeconds,
  }));
}

function checkResult(plan: BuildPlan, tests: readonly PlanTest[], { dependencies }: RecipeSubject): void {
  assertPlainData(plan, 'plan');
  assertPlainData(tests, 'tests');
  const own = dependencies.filter(({ external }) => external === undefined);
  assertPlaceholders([plan.phases, tests], new Set(own.map(({ name }) => name)));
}

/** Runs a recipe's own code and gives its errors the recipe's place. */
function guard<Result>(recipe: Recipe, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (isFarmError(error) && error.place !== undefined) throw error;
    if (isFarmError(error)) {
      const { code, message, hint, details } = error;
      throw new FarmError(code, message, {
        ...(hint === undefined ? {} : { hint }),
        place: placeOfThrow(error, recipe),
        details,
        cause: error,
      });
    }
    throw new FarmError(
      'RECIPE_THREW',
      `Cannot evaluate recipe "${recipe.metadata.name}": ${(error as Error)?.message ?? String(error)}`,
      {
        place: placeOfThrow(error, recipe),
        cause: error,
      },
    );
  }
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
