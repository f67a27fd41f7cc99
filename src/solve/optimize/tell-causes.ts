import type { Criterion, Problem } from '../encode/problem.ts';
import { isInSolution } from '../refine/model.ts';
import type { CriterionCause } from '../solve-types.ts';

/** Tells which packages make up what the last solution costs by a criterion, the dearest first. */
export function tellCauses(problem: Problem, { wishes }: Criterion): CriterionCause[] {
  const causes = wishes.flatMap(({ ladder, key, says }): CriterionCause[] => {
    const cost = ladder.filter((literal) => !isInSolution(problem, literal)).length;
    return cost === 0 ? [] : [{ key, cost, says: says(cost) }];
  });
  return causes.sort((a, b) => b.cost - a.cost || compareTexts(a.key, b.key) || compareTexts(a.says, b.says));
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
