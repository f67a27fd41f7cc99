import { checkRequest } from './check-request.ts';
import { decodeSolution } from './decode.ts';
import { encodeRoots } from './encode/encode-roots.ts';
import { expandQueue } from './encode/expand.ts';
import { createProblem } from './encode/problem.ts';
import { explainConflict } from './explain/explain-conflict.ts';
import { findWholeConflict } from './explain/find-conflict.ts';
import { minimizeCriterion } from './optimize/minimize.ts';
import { settleTies } from './optimize/settle-ties.ts';
import { tellCauses } from './optimize/tell-causes.ts';
import type { CriterionCost, SolveRequest, SolveResult } from './solve-types.ts';

type Solution = SolveResult & { readonly solved: true };

/** So many packages can have tools of their own. */
const mostApart = 16;

/** Chooses packages, versions, variants and providers so that everything asked for holds and no other choice is better by the criteria
 * of `criterionNames`; or tells which directives are in conflict. Every package has one version; only where that cannot be, tools that
 * are needed for building alone may have another one than what is used; and only where that does not suffice, packages whose wishes for tools are in
 * conflict have tools of their own. The same request always gives the same result.
 * @throws RECIPE_UNKNOWN when a name stands for nothing; RECIPE_INVALID when a recipe contradicts itself; SPEC_INVALID */
export function solve(request: SolveRequest): SolveResult {
  checkRequest(request);
  const best = findBest(request);
  if (best !== undefined) return best;
  const apart = new Set<string>();
  for (;;) {
    const conflict = findWholeConflict(request, apart);
    const size = apart.size;
    for (const { isTool, owner } of conflict) if (isTool) apart.add(owner);
    const isFinal = apart.size === size || apart.size > mostApart;
    const solution = isFinal ? undefined : findBestIn(request, { split: true, apart });
    if (solution !== undefined) return solution;
    if (isFinal) return { solved: false, explanation: explainConflict(request, conflict, findBest) };
  }
}

function findBest(request: SolveRequest): Solution | undefined {
  return findBestIn(request, { split: false }) ?? findBestIn(request, { split: true });
}

/** Which packages may be there more than once. */
interface Freedom {
  /** Tools for building may differ from what is used. */
  readonly split: boolean;
  /** Packages that may have tools of their own. */
  readonly apart?: ReadonlySet<string>;
}

/** The best solution; undefined when there is none. */
function findBestIn(request: SolveRequest, freedom: Freedom): Solution | undefined {
  const problem = createProblem(request, freedom);
  const roots = encodeRoots(problem);
  expandQueue(problem);
  const costs: number[] = [];
  for (const criterion of problem.criteria) {
    const cost = minimizeCriterion(problem, roots, criterion);
    if (cost === undefined) return undefined;
    costs.push(cost);
  }
  settleTies(problem, roots);
  const criteria = problem.criteria.map(
    (criterion, index): CriterionCost => ({
      name: criterion.name,
      cost: costs[index]!,
      causes: tellCauses(problem, criterion),
    }),
  );
  return { solved: true, platform: decodeSolution(problem, roots), criteria, toolsApart: freedom.split };
}
