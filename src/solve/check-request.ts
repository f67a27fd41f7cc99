import { FarmError, type Place } from '../core/farm-error.ts';
import { nearestName } from '../model/did-you-mean.ts';
import { formatSpec } from '../model/format-spec.ts';
import type { PackageName } from '../model/names.ts';
import { isMetByPlatform } from './encode/targets.ts';
import type { SolveRequest } from './solve-types.ts';

/** Checks that everything that the stack names exists.
 * @throws RECIPE_UNKNOWN SPEC_INVALID */
export function checkRequest(request: SolveRequest): void {
  for (const { spec, place } of request.roots) {
    if (spec.name === undefined) {
      throw new FarmError(
        'SPEC_INVALID',
        `Cannot ask for "${formatSpec(spec)}": it names no package`,
        place === undefined ? {} : { place },
      );
    }
    for (const { name } of [spec, ...spec.dependencies]) if (name !== undefined) checkName(request, name, place);
  }
  for (const { name, place } of [...request.prefer, ...request.require])
    if (name !== '*') checkName(request, name, place);
}

function checkName(request: SolveRequest, name: PackageName, place: Place | undefined): void {
  const isExternal = request.externals.some((external) => external.name === name);
  if (isExternal || isMetByPlatform(name) || request.recipe(name) !== undefined || request.providers(name).length > 0)
    return;
  throw unknownRecipe(request, name, place);
}

/** The error for a name that neither a recipe, an external nor a provider has. */
export function unknownRecipe(request: SolveRequest, name: PackageName, place: Place | undefined): FarmError {
  const nearest = nearestName(name, request.names());
  return new FarmError('RECIPE_UNKNOWN', `Cannot find a recipe for "${name}": none has that name`, {
    hint:
      nearest === undefined ? 'Run "binfarm search" to see the recipes that there are' : `Did you mean "${nearest}"?`,
    ...(place !== undefined && { place }),
  });
}
