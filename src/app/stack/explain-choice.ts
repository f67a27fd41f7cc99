import { formatSpec } from '../../model/format-spec.ts';
import type { LockedPackage } from '../../model/lock.ts';
import { satisfies } from '../../model/match-spec.ts';
import { parsePlatform } from '../../model/platform.ts';
import type { Spec } from '../../model/spec.ts';
import type { Version } from '../../model/version.ts';
import { type ChoiceAnswer, explainChoice } from '../../solve/explain/explain-choice.ts';
import type { Farm } from '../farm/open-farm.ts';
import type { Workshop } from '../farm/open-workshop.ts';
import { loadStackRecipes, readLock, solveAnew } from './solve-stack.ts';
import { externalsOf } from './stack-request.ts';

/** Why a package is not, or is, as somebody asks, on one platform. */
export type WhyChoice = ChoiceAnswer & {
  readonly platform: string;
  /** What was asked. */
  readonly spec: string;
  /** The package as the solution has it; absent where it has none. */
  readonly chosen?: Pick<LockedPackage, 'version' | 'variants' | 'reasons'>;
};

/** Answers for every platform why the stack's solution does not have a package in a version or with an option.
 * @throws UNSATISFIABLE when the stack itself has no solution, RECIPE_UNKNOWN */
export async function explainStackChoice(
  farm: Farm,
  { bases, binhost }: Pick<Workshop, 'bases' | 'binhost'>,
  spec: Spec,
): Promise<WhyChoice[]> {
  const before = await readLock(farm);
  const recipes = await loadStackRecipes(farm, spec.name === undefined ? [] : [spec.name]);
  const solved = await solveAnew(farm, { before, recipes, externals: externalsOf(farm, bases) }, { binhost });
  return solved.map(({ name, label, result, request }) => {
    const chosen = Object.entries(result.platform.packages).find(([key]) => key === spec.name)?.[1];
    const isMet = chosen !== undefined && meets(chosen, spec, name);
    const answer = explainChoice(request, result, { spec, isMet });
    return { ...answer, platform: label, spec: formatSpec(spec), ...(chosen === undefined ? {} : { chosen }) };
  });
}

function meets({ name, version, variants }: LockedPackage, spec: Spec, platformName: string): boolean {
  const { arch, os, compiler, buildType } = parsePlatform(platformName);
  const facts = { arch, os, compiler: { name: compiler.name, version: compiler.version as Version }, buildType };
  return satisfies({ name, version: version as Version, variants }, spec, facts);
}
