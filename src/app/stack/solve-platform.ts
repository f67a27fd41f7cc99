import type { LockedPlatform } from '../../model/lock.ts';
import { matchExisting } from '../../solve/match-existing.ts';
import { solve } from '../../solve/solve.ts';
import type { ExistingPackage, SolveRequest, SolveResult } from '../../solve/solve-types.ts';
import type { Evaluator } from './evaluate-stack.ts';
import { unsatisfiable } from './unsatisfiable.ts';

/** A platform's solution, and the request that it answers: only with those existing packages that are what would be built. */
export interface SolvedPlatform {
  readonly result: SolveResult & { readonly solved: true };
  readonly request: SolveRequest;
}

/** After so many rounds no other package of a name is believed once one of them was wrong. */
const patience = 8;

/** Solves a request for one platform; `label` names it in an error. A package that exists counts only where the plan that would be made has its build hash: those of an earlier recipe are
 * found out by evaluating the solution, and it is solved again without them.
 * @throws UNSATISFIABLE, and what solving and evaluating throw */
export async function solvePlatform(
  request: SolveRequest,
  { name, label, evaluate }: { readonly name: string; readonly label: string; readonly evaluate: Evaluator },
): Promise<SolvedPlatform> {
  let asked = request;
  for (let round = 0; ; round += 1) {
    const result = solve(asked);
    if (!result.solved) throw unsatisfiable(label, result.explanation);
    const { reuse } = asked;
    if (reuse === undefined || reuse.packages.length === 0) return { result, request: asked };
    const wrong = await findWrong(name, result.platform, { existing: reuse.packages, evaluate });
    if (wrong.size === 0) return { result, request: asked };
    asked = { ...asked, reuse: { ...reuse, packages: withoutWrong(reuse.packages, wrong, round >= patience) } };
  }
}

/** The ids of packages that a solution seems to be made of, and that are not what would be built now. */
async function findWrong(
  name: string,
  platform: LockedPlatform,
  { existing, evaluate }: { existing: readonly ExistingPackage[]; evaluate: Evaluator },
): Promise<Set<string>> {
  const nodes = await evaluate(name, platform);
  const wrong = new Set<string>();
  for (const [key, ids] of matchExisting(platform, existing)) {
    const hash = nodes.get(key)?.built?.buildHash;
    for (const id of ids) if (id !== hash) wrong.add(id);
  }
  return wrong;
}

/** The packages that are still believed: none of those that are wrong, and none that needs one of them. */
function withoutWrong(
  packages: readonly ExistingPackage[],
  wrong: ReadonlySet<string>,
  byName: boolean,
): readonly ExistingPackage[] {
  const names = new Set(byName ? packages.filter(({ id }) => wrong.has(id)).map(({ name }) => name) : []);
  const gone = new Set(packages.filter(({ id, name }) => wrong.has(id) || names.has(name)).map(({ id }) => id));
  for (let size = -1; size !== gone.size; ) {
    size = gone.size;
    for (const { id, needs } of packages) if (needs.some((need) => gone.has(need.id))) gone.add(id);
  }
  return packages.filter(({ id }) => !gone.has(id));
}
