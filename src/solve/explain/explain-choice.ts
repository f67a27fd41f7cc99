import type { Spec } from '../../model/spec.ts';
import { solve } from '../solve.ts';
import type { CriterionCause, CriterionName, Explanation, SolveRequest, SolveResult } from '../solve-types.ts';

/** Why a solution does not have something: it cannot, nothing asks for it, or a criterion prefers what it has. */
export type ChoiceAnswer =
  | { readonly verdict: 'chosen' }
  | { readonly verdict: 'impossible'; readonly explanation: Explanation }
  /** It could be there, but nothing that is asked for needs the package. */
  | { readonly verdict: 'unasked' }
  | {
      readonly verdict: 'worse';
      readonly criterion: CriterionName;
      /** What the solution costs by it, and what it would cost. */
      readonly cost: number;
      readonly costThen: number;
      /** What would be so then and is not now. */
      readonly causes: readonly CriterionCause[];
    }
  /** It would be as good; the order of names decided. */
  | { readonly verdict: 'equal' };

/** Answers why a solution does not have a package as asked, by solving again with that asked for too.
 * @param solution the best one of the request
 * @param isMet whether the solution has what is asked */
export function explainChoice(
  request: SolveRequest,
  solution: SolveResult & { readonly solved: true },
  { spec, isMet }: { readonly spec: Spec; readonly isMet: boolean },
): ChoiceAnswer {
  if (isMet) return { verdict: 'chosen' };
  const question = { spec, set: 'you', isQuestion: true };
  const other = solve({ ...request, roots: [...request.roots, question] });
  if (!other.solved) return { verdict: 'impossible', explanation: other.explanation };
  const isThere = Object.values(solution.platform.packages).some(({ name }) => name === spec.name);
  if (!isThere) return { verdict: 'unasked' };
  for (const [index, { name, cost, causes }] of other.criteria.entries()) {
    const before = solution.criteria[index]!;
    if (cost === before.cost) continue;
    const isNew = ({ key, says }: CriterionCause) => !before.causes.some((one) => one.key === key && one.says === says);
    return { verdict: 'worse', criterion: name, cost: before.cost, costThen: cost, causes: causes.filter(isNew) };
  }
  return { verdict: 'equal' };
}
