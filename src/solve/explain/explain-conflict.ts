import { unknownRecipe } from '../check-request.ts';
import type { Directive } from '../encode/problem.ts';
import type { ConflictingDirective, Explanation, SolveRequest } from '../solve-types.ts';
import { nameRivals } from './name-rivals.ts';
import { orderDirectives } from './order-directives.ts';
import { type FindBest, suggestChanges } from './suggest-changes.ts';

/** Says why a request has no solution: directives that cannot hold together, none of which can be left out, in the order in which
 * one leads to the next; and the nearest changes with which there would be a solution.
 * @param findBest solves a changed request
 * @throws RECIPE_UNKNOWN when the reason is a dependency on a name that stands for nothing */
export function explainConflict(
  request: SolveRequest,
  conflict: readonly Directive[],
  findBest: FindBest,
): Explanation {
  for (const { unknown, place } of conflict) if (unknown !== undefined) throw unknownRecipe(request, unknown, place);
  const directives = orderDirectives(conflict);
  const told = new Map(directives.map((one) => [`${one.from} ${one.says}`, withoutGuard(one)]));
  return { directives: nameRivals(request, [...told.values()]), hints: suggestChanges(request, directives, findBest) };
}

function withoutGuard({ from, says, place }: Directive): ConflictingDirective {
  return { from, says, ...(place !== undefined && { place }) };
}
