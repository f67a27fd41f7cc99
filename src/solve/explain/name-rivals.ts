import type { PackageName } from '../../model/names.ts';
import type { ConflictingDirective, SolveRequest } from '../solve-types.ts';

/** What an explanation says of a package that is asked for behind `^` and that nothing else brings in. */
const neededByNothing = 'is needed by nothing else that is asked for';

/** Where several packages are in conflict that are there only as providers of the same virtual, says that instead: of all
 * providers of a virtual only one is chosen. */
export function nameRivals<Told extends ConflictingDirective>(
  request: SolveRequest,
  directives: readonly Told[],
): ConflictingDirective[] {
  const idle = directives.filter(({ says }) => says === neededByNothing);
  const virtuals = Map.groupBy(
    idle.flatMap((directive) => virtualsOf(request, directive).map((virtual) => ({ virtual, directive }))),
    ({ virtual }) => virtual,
  );
  const shared = [...virtuals].filter(([, members]) => members.length > 1);
  const rivals = new Set(shared.flatMap(([, members]) => members.map(({ directive }) => directive)));
  const told = shared.map(([virtual, members]) => {
    const names = members.map(({ directive }) => directive.from);
    return {
      from: virtual,
      says: `is provided by one package for all that need it, not by both ${names.join(' and ')}`,
    };
  });
  return [...directives.filter((directive) => !rivals.has(directive)), ...told];
}

/** The virtuals that a package can stand in for. */
function virtualsOf(request: SolveRequest, { from }: ConflictingDirective): PackageName[] {
  const names = (request.recipe(from as PackageName)?.provides ?? []).flatMap(({ spec }) => spec.name ?? []);
  return [...new Set(names)].filter((name) => request.providers(name).includes(from as PackageName));
}
