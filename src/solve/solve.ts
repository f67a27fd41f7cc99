import { checkRequest } from './check-request.ts';
import { decodeSolution } from './decode.ts';
import { encodeRoots } from './encode/encode-roots.ts';
import { expandQueue } from './encode/expand.ts';
import { createProblem } from './encode/problem.ts';
import { explainConflict } from './explain/explain-conflict.ts';
import { minimizeCriterion } from './optimize/minimize.ts';
import { settleTies } from './optimize/settle-ties.ts';
import type { CriterionCost, SolveRequest, SolveResult } from './solve-types.ts';

type Solution = SolveResult & { readonly solved: true };

/** Chooses packages, versions, variants and providers so that everything asked for holds and no other choice is better by the criteria
 * of `criterionNames`; or tells which directives are in conflict. Every package has one version; only where that cannot be, tools that
 * are needed for building alone may have another one than what is used. The same request always gives the same result.
 * @throws RECIPE_UNKNOWN when a name stands for nothing; RECIPE_INVALID when a recipe contradicts itself; SPEC_INVALID */
export function solve(request: SolveRequest): SolveResult {
  checkRequest(request);
  return findBest(request) ?? { solved: false, explanation: explainConflict(request, findBest) };
}

function findBest(request: SolveRequest): Solution | undefined {
  return findBestIn(request, false) ?? findBestIn(request, true);
}

/** The best solution; undefined when there is none.
 * @param split whether tools for building may differ from what is used */
function findBestIn(request: SolveRequest, split: boolean): Solution | undefined {
  const problem = createProblem(request, { split });
  const roots = encodeRoots(problem);
  expandQueue(problem);
  const criteria: CriterionCost[] = [];
  for (const criterion of problem.criteria) {
    const cost = minimizeCriterion(problem, roots, criterion);
    if (cost === undefined) return undefined;
    criteria.push({ name: criterion.name, cost });
  }
  settleTies(problem, roots);
  return { solved: true, platform: decodeSolution(problem, roots), criteria, toolsApart: split };
}
